INSERT INTO {schema}.former_handlers (handler, epoch)
SELECT $1, coalesce(max(epoch), 0) FROM {schema}.handler_lanes WHERE handler = $1
ON CONFLICT (handler) DO UPDATE SET epoch = excluded.epoch
