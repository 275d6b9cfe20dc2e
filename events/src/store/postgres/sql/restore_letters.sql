UPDATE {schema}.letters
SET status = 'dead', held = false, run = NULL, closed_at = NULL, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE letter_id = ANY ($1)
