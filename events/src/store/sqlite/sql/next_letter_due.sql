-- A letter under a lease is due again when the lease has ended.
SELECT min(max(next_attempt_at, coalesce(lease_until, next_attempt_at)))
FROM letters
WHERE status = 'retrying' AND +handler IN (SELECT value FROM json_each(?1))
