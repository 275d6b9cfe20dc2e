-- One of them, or with NULL all.
SELECT h.handler, h.begins, h.from_position, h.state, h.reason, h.since, h.build,
       (SELECT count(*) FROM {schema}.parked_keys p WHERE p.handler = h.handler),
       h.replay_until
FROM {schema}.handlers h
WHERE $1 IS NULL OR h.handler = $1
ORDER BY h.handler
