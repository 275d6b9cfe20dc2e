UPDATE letters SET run = ?2, run_place = ?3 WHERE letter_id = ?1
