-- Up to where all lanes of a handler have passed the log, now or before an earlier rebuild.
SELECT greatest(replay_until, (SELECT min(checkpoint) FROM {schema}.handler_lanes l WHERE l.handler = h.handler))
FROM {schema}.handlers h
WHERE handler = $1
