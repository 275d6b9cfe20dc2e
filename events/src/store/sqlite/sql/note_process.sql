INSERT INTO processes (process, build, handlers, started_at, alive_until)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (process) DO UPDATE
SET build = excluded.build, handlers = excluded.handlers, alive_until = excluded.alive_until
