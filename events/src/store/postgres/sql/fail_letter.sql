-- $2 is who must hold the lease; nobody, if the attempt was made in the letter's lane.
WITH letter AS (
    UPDATE {schema}.letters
    SET status = $3,
        next_attempt_at = $4,
        build = $5,
        attempts = least(attempts + 1, 4294967295),
        class = $6,
        error = $7,
        fingerprint = $8,
        last_failed_at = $9,
        lease_owner = NULL,
        lease_until = NULL
    WHERE letter_id = $1 AND ($2 IS NULL OR lease_owner = $2) AND status = 'retrying'
    RETURNING letter_id, attempts
)
INSERT INTO {schema}.letter_attempts (letter_id, number, failed_at, class, error, fingerprint, build)
SELECT letter_id, attempts, $9, $6, $7, $8, $5 FROM letter
