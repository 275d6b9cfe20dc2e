UPDATE letters
SET next_attempt_at = ?3, build = ?4, lease_owner = NULL, lease_until = NULL
WHERE letter_id = ?1 AND lease_owner = ?2 AND status = 'retrying'
