INSERT INTO {schema}.operations (action, requested_by, reason, requested_at, letters, handler, state, finished_at, result)
VALUES ($1, $2, $3, $4, $5, $6, 'done', $4, $7)
