UPDATE {schema}.letters
SET status = 'discarded', closed_at = $2, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE letter_id = ANY ($1)
