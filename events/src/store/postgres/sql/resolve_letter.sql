-- $2 is who must hold the lease; nobody, if the attempt was made in the letter's lane.
UPDATE {schema}.letters
SET status = 'resolved', closed_at = $3, build = $4, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE letter_id = $1 AND ($2 IS NULL OR lease_owner = $2) AND status = 'retrying'
