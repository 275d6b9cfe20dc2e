-- Schema version 2: requests that the owners of handlers carry out, and what they need of letters.

DROP VIEW readable_operations;
DROP VIEW readable_letters;
DROP VIEW readable_handlers;

-- What waits behind a held letter goes on waiting, though the letter is discarded. `run` is the redrive
-- run that a letter belongs to, and `run_place` where it stands there. `edited_payload` is what the event
-- is handled with instead of the payload in the log.
ALTER TABLE letters ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
ALTER TABLE letters ADD COLUMN run INTEGER;
ALTER TABLE letters ADD COLUMN run_place INTEGER;
ALTER TABLE letters ADD COLUMN edited_payload TEXT;
CREATE INDEX letters_by_run ON letters (run, run_place) WHERE run IS NOT NULL;

-- Events up to here were handled before, by the handler or an earlier version of it.
ALTER TABLE handlers ADD COLUMN replay_until INTEGER NOT NULL DEFAULT 0;

-- What operators have done and asked for, and what came of it. `letters` and `request` are JSON; the
-- letters of a run are those that name it. `run_place` is how far a run has got.
CREATE TABLE new_operations (
    operation_id INTEGER PRIMARY KEY AUTOINCREMENT,
    action       TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    reason       TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    handler      TEXT,
    letters      TEXT NOT NULL DEFAULT '[]',
    state        TEXT NOT NULL CHECK (state IN ('requested', 'running', 'done', 'failed', 'stopped')),
    request      TEXT,
    total        INTEGER NOT NULL DEFAULT 0,
    run_place    INTEGER NOT NULL DEFAULT 0,
    owner        TEXT,
    epoch        INTEGER NOT NULL DEFAULT 0,
    result       TEXT,
    finished_at  INTEGER
) STRICT;
INSERT INTO new_operations
    (operation_id, action, requested_by, reason, requested_at, handler, letters, state, owner, epoch, result, finished_at)
SELECT operation_id, action, requested_by, reason, requested_at, handler, letters, state, owner, epoch, result, finished_at
FROM operations;
DROP TABLE operations;
ALTER TABLE new_operations RENAME TO operations;
CREATE INDEX open_requests ON operations (operation_id) WHERE state IN ('requested', 'running');

CREATE VIEW readable_letters AS
SELECT letter_id,
       status,
       handler,
       event_name,
       aggregate || '/' || aggregate_id AS stream,
       position,
       class,
       (SELECT group_concat(value, ': ') FROM json_each(error, '$.messages')) AS error,
       json_extract(error, '$.type_name') AS error_type,
       attempts,
       strftime('%Y-%m-%d %H:%M:%S', first_failed_at / 1000000, 'unixepoch') AS first_failed_at,
       strftime('%Y-%m-%d %H:%M:%S', last_failed_at / 1000000, 'unixepoch') AS last_failed_at,
       strftime('%Y-%m-%d %H:%M:%S', next_attempt_at / 1000000, 'unixepoch') AS next_attempt_at,
       strftime('%Y-%m-%d %H:%M:%S', closed_at / 1000000, 'unixepoch') AS closed_at,
       held,
       edited_payload,
       run,
       lease_owner,
       build,
       event_id
FROM letters;

CREATE VIEW readable_operations AS
SELECT operation_id,
       action,
       state,
       requested_by,
       reason,
       strftime('%Y-%m-%d %H:%M:%S', requested_at / 1000000, 'unixepoch') AS requested_at,
       handler,
       letters,
       request,
       total,
       owner,
       result,
       strftime('%Y-%m-%d %H:%M:%S', finished_at / 1000000, 'unixepoch') AS finished_at
FROM operations;

CREATE VIEW readable_handlers AS
SELECT h.handler,
       h.state,
       h.reason,
       h.begins,
       l.partition,
       l.checkpoint,
       ifnull((SELECT max(position) FROM events), 0) - l.checkpoint AS behind_by,
       (SELECT count(*) FROM parked_keys p WHERE p.handler = l.handler AND p.partition = l.partition) AS parked,
       h.replay_until,
       l.owner,
       h.build
FROM handlers h
LEFT JOIN handler_lanes l ON l.handler = h.handler;
