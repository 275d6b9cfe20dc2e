SELECT run_place
FROM {schema}.operations
WHERE operation_id = $1 AND epoch = $2 AND state = 'running'
FOR UPDATE
