INSERT INTO events (
    position, event_id, stream, aggregate, aggregate_id, version, event_name, schema_version,
    occurred_at, recorded_at, correlation_id, causation_id, actor, tenant, payload, metadata
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
