SELECT key, from_position
FROM {schema}.parked_keys
WHERE handler = $1 AND partition = $2
ORDER BY key
