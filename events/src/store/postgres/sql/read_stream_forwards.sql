SELECT position, event_id, version, event_name, schema_version, occurred_at, recorded_at, correlation_id,
       causation_id, actor, tenant, payload, metadata
FROM {schema}.events
WHERE stream = (SELECT stream FROM {schema}.streams WHERE aggregate = $1 AND aggregate_id = $2)
  AND version BETWEEN $3 AND $4
ORDER BY version
LIMIT $5
