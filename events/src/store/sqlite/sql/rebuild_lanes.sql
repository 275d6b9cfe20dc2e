-- What the handler has handled before, it handles again for its read model alone.
UPDATE handlers
SET replay_until = max(replay_until, (SELECT min(checkpoint) FROM handler_lanes l WHERE l.handler = handlers.handler))
WHERE handler = ?1
