WITH discarded AS (
    UPDATE {schema}.letters
    SET status = 'discarded', closed_at = $2, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
    WHERE handler = $1 AND status IN ('retrying', 'dead')
    RETURNING letter_id
)
SELECT letter_id FROM discarded ORDER BY letter_id
