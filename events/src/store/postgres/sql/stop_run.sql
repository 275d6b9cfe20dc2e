WITH stopped AS (
    UPDATE {schema}.operations
    SET state = 'stopped', result = 'stopped by ' || $2, finished_at = $4
    WHERE operation_id = $1 AND action = 'redrive' AND state IN ('requested', 'running')
    RETURNING handler
)
INSERT INTO {schema}.operations (action, requested_by, reason, requested_at, handler, state, request, finished_at)
SELECT 'stop', $2, $3, $4, handler, 'done', $5, $4 FROM stopped
