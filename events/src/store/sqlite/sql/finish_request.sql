UPDATE operations
SET state = ?3, result = ?4, finished_at = ?5
WHERE operation_id = ?1 AND epoch = ?2 AND state = 'running'
