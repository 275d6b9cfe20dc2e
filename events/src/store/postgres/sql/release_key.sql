DELETE FROM {schema}.parked_keys WHERE handler = $1 AND partition = $2 AND key = $3
