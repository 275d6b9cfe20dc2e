SELECT letter_id, run_place, status FROM letters WHERE run = ?1 AND run_place > ?2 ORDER BY run_place LIMIT ?3
