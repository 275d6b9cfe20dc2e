-- A letter under a lease is due again when the lease has ended.
SELECT min(greatest(next_attempt_at, coalesce(lease_until, next_attempt_at)))
FROM {schema}.letters
WHERE status = 'retrying' AND handler = ANY ($1)
