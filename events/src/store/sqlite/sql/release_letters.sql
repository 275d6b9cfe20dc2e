UPDATE letters SET held = 0 WHERE handler = ?1 AND held
