-- What the handler has handled before, it handles again for its read model alone.
UPDATE {schema}.handlers h
SET replay_until = greatest(
    replay_until,
    (SELECT min(checkpoint) FROM {schema}.handler_lanes l WHERE l.handler = h.handler)
)
WHERE handler = $1
RETURNING from_position
