INSERT INTO parked_keys (handler, partition, key, from_position)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (handler, partition, key) DO UPDATE SET from_position = excluded.from_position
