-- Takes lanes and answers with them. One that somebody is about to take or to write to is waited for,
-- and left alone if it isn't open any more.
WITH open AS (
    SELECT l.handler, l.partition, l.lease_until
    FROM {schema}.handlers h
    JOIN {schema}.handler_lanes l ON l.handler = h.handler
    WHERE h.handler = ANY ($3)
      AND h.state = 'running'
      AND (l.lease_until IS NULL OR l.lease_until <= $1)
      AND l.owner IS DISTINCT FROM $2
    ORDER BY l.lease_until NULLS FIRST, l.handler, l.partition
    LIMIT $4
    FOR UPDATE OF l
), taken AS (
    UPDATE {schema}.handler_lanes l
    SET epoch = l.epoch + 1, owner = $2, lease_until = $5
    FROM open
    WHERE l.handler = open.handler AND l.partition = open.partition
    RETURNING l.handler, l.partition, l.epoch, l.checkpoint, open.lease_until
)
SELECT handler, partition, epoch, checkpoint,
       (SELECT count(*) FROM {schema}.handler_lanes a WHERE a.handler = taken.handler)
FROM taken
ORDER BY lease_until NULLS FIRST, handler, partition
