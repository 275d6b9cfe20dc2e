UPDATE operations
SET state = 'stopped', result = 'stopped by ' || ?2, finished_at = ?3
WHERE operation_id = ?1 AND action = 'redrive' AND state IN ('requested', 'running')
RETURNING handler
