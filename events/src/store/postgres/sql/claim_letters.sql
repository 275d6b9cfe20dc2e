WITH due AS (
    SELECT letter_id
    FROM {schema}.letters
    WHERE status = 'retrying'
      AND next_attempt_at <= $1
      AND (lease_until IS NULL OR lease_until <= $1)
      AND handler = ANY ($2)
    ORDER BY next_attempt_at, letter_id
    LIMIT $3
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE {schema}.letters l
    SET lease_owner = $4, lease_until = $5
    FROM due
    WHERE l.letter_id = due.letter_id
    RETURNING l.*
)
SELECT letter_id, status, handler, event_id, event_name, schema_version, aggregate, aggregate_id, position, correlation_id,
       traceparent, build, class, error, fingerprint, attempts, attempts_before, first_failed_at, last_failed_at,
       next_attempt_at, closed_at, partition, key, held, run, edited_payload
FROM claimed
ORDER BY next_attempt_at, letter_id
