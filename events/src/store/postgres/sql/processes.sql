SELECT process, build, handlers, started_at, alive_until
FROM {schema}.processes
WHERE alive_until > $1
ORDER BY process
