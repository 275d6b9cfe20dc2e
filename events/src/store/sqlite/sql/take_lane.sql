UPDATE handler_lanes
SET epoch = epoch + 1, owner = ?3, lease_until = ?4
WHERE handler = ?1 AND partition = ?2
