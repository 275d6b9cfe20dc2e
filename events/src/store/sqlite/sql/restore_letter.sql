UPDATE letters
SET status = 'dead', held = 0, run = NULL, closed_at = NULL, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE letter_id = ?1
