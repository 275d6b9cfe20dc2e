INSERT INTO {schema}.snapshots AS kept (aggregate, aggregate_id, version, fingerprint, taken_at, state)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (aggregate, aggregate_id) DO UPDATE
SET version = excluded.version,
    fingerprint = excluded.fingerprint,
    taken_at = excluded.taken_at,
    state = excluded.state
WHERE excluded.version >= kept.version OR excluded.fingerprint <> kept.fingerprint
