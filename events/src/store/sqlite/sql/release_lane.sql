UPDATE handler_lanes
SET owner = NULL, lease_until = NULL
WHERE handler = ?1 AND partition = ?2 AND epoch = ?3
