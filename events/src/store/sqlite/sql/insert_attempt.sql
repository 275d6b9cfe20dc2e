INSERT INTO letter_attempts (letter_id, number, failed_at, class, error, fingerprint, build)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
