-- There is one letter per handler and event: that of ?1, which is about to be called ?2.
DELETE FROM letters
WHERE handler = ?2 AND event_id IN (SELECT event_id FROM letters WHERE handler = ?1)
