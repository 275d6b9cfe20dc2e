-- Up to where all lanes of a handler have passed the log, now or before an earlier rebuild.
SELECT max(replay_until, (SELECT min(checkpoint) FROM handler_lanes l WHERE l.handler = handlers.handler))
FROM handlers
WHERE handler = ?1
