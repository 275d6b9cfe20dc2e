SELECT number, failed_at, class, error, fingerprint
FROM {schema}.letter_attempts
WHERE letter_id = $1
ORDER BY number
