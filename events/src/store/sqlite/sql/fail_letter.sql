-- ?2 is who must hold the lease; NULL is the owner of the letter's lane.
UPDATE letters
SET status = ?3,
    next_attempt_at = ?4,
    build = ?5,
    attempts = min(attempts + 1, 4294967295),
    class = ?6,
    error = ?7,
    fingerprint = ?8,
    last_failed_at = ?9,
    lease_owner = NULL,
    lease_until = NULL
WHERE letter_id = ?1 AND (?2 IS NULL OR lease_owner = ?2) AND status = 'retrying'
RETURNING attempts
