SELECT key, from_position
FROM {schema}.parked_keys
WHERE handler = $1
ORDER BY partition, key
