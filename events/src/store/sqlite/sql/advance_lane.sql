UPDATE handler_lanes
SET checkpoint = ?5
WHERE handler = ?1 AND partition = ?2 AND epoch = ?3 AND checkpoint = ?4 AND owner IS NOT NULL
