UPDATE handlers
SET since = CASE state WHEN ?2 THEN since ELSE ?4 END, state = ?2, reason = ?3
WHERE handler = ?1
