INSERT INTO operations (action, requested_by, reason, requested_at, letters, handler, state, request, total)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'requested', ?7, ?8)
RETURNING operation_id
