UPDATE {schema}.letters
SET status = 'discarded', held = true, closed_at = $2, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE letter_id = ANY ($1)
