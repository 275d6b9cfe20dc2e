INSERT INTO operations (action, requested_by, reason, requested_at, handler, state, request, finished_at)
VALUES ('stop', ?1, ?2, ?3, ?4, 'done', ?5, ?3)
