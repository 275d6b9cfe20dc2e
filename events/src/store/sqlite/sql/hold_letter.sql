UPDATE letters
SET status = 'discarded', held = 1, closed_at = ?2, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE letter_id = ?1
