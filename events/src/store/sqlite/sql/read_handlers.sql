-- One of them, or with NULL all.
SELECT handler, begins, from_position, state, reason, since, build,
       (SELECT count(*) FROM parked_keys p WHERE p.handler = handlers.handler),
       replay_until
FROM handlers
WHERE ?1 IS NULL OR handler = ?1
ORDER BY handler
