WITH forgotten AS (
    DELETE FROM {schema}.processes WHERE process = $1
)
UPDATE {schema}.handler_lanes SET owner = NULL, lease_until = NULL WHERE owner = $1
