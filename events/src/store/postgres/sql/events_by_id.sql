SELECT position, event_id, version, event_name, schema_version, occurred_at, recorded_at, correlation_id,
       causation_id, actor, tenant, payload, metadata, aggregate, aggregate_id
FROM {schema}.events
WHERE event_id = ANY ($1)
