SELECT action, requested_by, reason, requested_at, letters, handler
FROM {schema}.operations
ORDER BY operation_id DESC
LIMIT $1
