-- ?3 is the run that it is done for, if it is one. An attempt that is under way on a retrying letter goes on and counts.
UPDATE letters
SET next_attempt_at = ?2,
    attempts_before = CASE status WHEN 'dead' THEN attempts ELSE attempts_before END,
    lease_owner = CASE status WHEN 'dead' THEN NULL ELSE lease_owner END,
    lease_until = CASE status WHEN 'dead' THEN NULL ELSE lease_until END,
    run = ?3,
    status = 'retrying'
WHERE letter_id = ?1
