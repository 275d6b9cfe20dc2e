SELECT letter_id, status, handler, event_id, event_name, schema_version, aggregate, aggregate_id, position, correlation_id,
       traceparent, build, class, error, fingerprint, attempts, attempts_before, first_failed_at, last_failed_at,
       next_attempt_at, closed_at, partition, key, held, run, edited_payload
FROM letters
WHERE status = 'retrying'
  AND next_attempt_at <= ?1
  AND (lease_until IS NULL OR lease_until <= ?1)
  AND +handler IN (SELECT value FROM json_each(?2))
ORDER BY next_attempt_at, letter_id
LIMIT ?3
