-- ?15 is the number of attempts that the letter brings: one, or none.
INSERT INTO letters (
    handler, event_id, event_name, schema_version, aggregate, aggregate_id, position, correlation_id, traceparent,
    build, status, class, error, fingerprint, attempts, attempts_before, first_failed_at, last_failed_at,
    next_attempt_at, partition, key
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0, ?16, ?16, ?17, ?18, ?19)
ON CONFLICT (handler, event_id) DO UPDATE
SET attempts_before = CASE status WHEN 'retrying' THEN attempts_before ELSE attempts END,
    attempts = min(attempts + excluded.attempts, 4294967295),
    class = CASE excluded.attempts WHEN 0 THEN class ELSE excluded.class END,
    error = CASE excluded.attempts WHEN 0 THEN error ELSE excluded.error END,
    fingerprint = CASE excluded.attempts WHEN 0 THEN fingerprint ELSE excluded.fingerprint END,
    last_failed_at = CASE excluded.attempts WHEN 0 THEN last_failed_at ELSE excluded.last_failed_at END,
    build = excluded.build,
    partition = excluded.partition,
    key = excluded.key,
    status = excluded.status,
    next_attempt_at = excluded.next_attempt_at,
    closed_at = NULL,
    held = 0,
    run = NULL,
    lease_owner = NULL,
    lease_until = NULL
RETURNING letter_id, attempts
