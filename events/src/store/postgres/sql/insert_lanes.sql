-- Above the epochs of an earlier handler of that name.
INSERT INTO {schema}.handler_lanes (handler, partition, checkpoint, epoch)
SELECT $1, number, $3, coalesce((SELECT epoch FROM {schema}.former_handlers WHERE handler = $1), 0)
FROM generate_series(0, $2 - 1) AS number
