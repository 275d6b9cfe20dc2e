SELECT version, fingerprint, taken_at, state
FROM {schema}.snapshots
WHERE aggregate = $1 AND aggregate_id = $2
