SELECT letter_id, status, handler, event_id, event_name, schema_version, aggregate, aggregate_id, position, correlation_id,
       traceparent, build, class, error, fingerprint, attempts, attempts_before, first_failed_at, last_failed_at,
       next_attempt_at, closed_at, partition, key, held, run, edited_payload
FROM letters
