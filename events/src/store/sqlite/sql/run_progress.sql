-- ?2 is how far the run has got: what is dead there has failed again.
SELECT count(*) FILTER (WHERE status = 'dead' AND run_place > ?2),
       count(*) FILTER (WHERE status = 'retrying'),
       count(*) FILTER (WHERE status = 'resolved'),
       count(*) FILTER (WHERE status = 'dead' AND run_place <= ?2),
       count(*) FILTER (WHERE status = 'discarded')
FROM letters
WHERE run = ?1
