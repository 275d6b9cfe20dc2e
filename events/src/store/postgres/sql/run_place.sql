SELECT total, run_place
FROM {schema}.operations
WHERE operation_id = $1 AND action = 'redrive' AND request IS NOT NULL
