INSERT INTO handlers (handler, begins, from_position, state, since, build, registered_at, replay_until)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?7)
