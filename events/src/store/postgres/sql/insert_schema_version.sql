INSERT INTO {schema}.schema_history (schema_version, applied_at, applied_by)
VALUES ($1, clock_timestamp(), $2)
