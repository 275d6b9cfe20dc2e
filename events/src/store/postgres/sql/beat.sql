-- Notes the process and renews its leases; answers with the lanes of handlers that run.
WITH forgotten AS (
    DELETE FROM {schema}.processes WHERE alive_until <= $4 AND process <> $1
), noted AS (
    INSERT INTO {schema}.processes AS known (process, build, handlers, started_at, alive_until)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (process) DO UPDATE
    SET build = excluded.build,
        handlers = excluded.handlers,
        alive_until = excluded.alive_until,
        started_at = CASE WHEN known.alive_until <= $4 THEN excluded.started_at ELSE known.started_at END
), renewed AS (
    UPDATE {schema}.handler_lanes SET lease_until = $5 WHERE owner = $1 RETURNING handler, partition, epoch
)
SELECT r.handler, r.partition, r.epoch
FROM renewed r
JOIN {schema}.handlers h ON h.handler = r.handler
WHERE h.state = 'running'
ORDER BY r.handler, r.partition
