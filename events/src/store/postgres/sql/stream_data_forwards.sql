SELECT position, payload, version, event_name, schema_version
FROM {schema}.events
WHERE stream = (SELECT stream FROM {schema}.streams WHERE aggregate = $1 AND aggregate_id = $2)
  AND version BETWEEN $3 AND $4
ORDER BY version
LIMIT $5
