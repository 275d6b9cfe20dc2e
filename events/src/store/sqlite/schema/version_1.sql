-- Schema version 1 of an event store.
--
-- Times are microseconds since 1970-01-01T00:00:00Z, exact and comparable; the views `readable_…`
-- show them as text. Ids are text, so that they can be searched for as they are printed: that costs
-- 80 bytes and up to a tenth of the time per event, and only in large commits.

-- Which schema the file has had, and since when. The one that counts is PRAGMA user_version.
CREATE TABLE schema_history (
    schema_version INTEGER PRIMARY KEY,
    applied_at     INTEGER NOT NULL,
    applied_by     TEXT NOT NULL
) STRICT;

-- One row per stream: the version of its last event.
CREATE TABLE streams (
    stream       INTEGER PRIMARY KEY,
    aggregate    TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    version      INTEGER NOT NULL,
    archived_at  INTEGER,
    UNIQUE (aggregate, aggregate_id)
) STRICT;

-- The log. `stream` repeats `aggregate` and `aggregate_id` as a number, which halves the time of
-- large commits: an index over the names would be several times the size. It refers to `streams`
-- without a foreign key, which would look the stream up once more for every event.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    event_id       TEXT NOT NULL UNIQUE,
    stream         INTEGER NOT NULL,
    aggregate      TEXT NOT NULL,
    aggregate_id   TEXT NOT NULL,
    version        INTEGER NOT NULL,
    event_name     TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    correlation_id TEXT NOT NULL,
    causation_id   TEXT,
    actor          TEXT,
    tenant         TEXT,
    payload        TEXT NOT NULL,
    metadata       TEXT,
    key_id         TEXT,
    UNIQUE (stream, version)
) STRICT;

CREATE INDEX events_by_name ON events (event_name);
-- The first event of a chain is found by its id, which is the chain's.
CREATE INDEX events_by_correlation ON events (correlation_id) WHERE correlation_id <> event_id;

-- The newest state of a stream, taken by code with that fingerprint. A cache: may be emptied.
CREATE TABLE snapshots (
    aggregate    TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    version      INTEGER NOT NULL,
    fingerprint  INTEGER NOT NULL,
    taken_at     INTEGER NOT NULL,
    state        TEXT NOT NULL,
    PRIMARY KEY (aggregate, aggregate_id)
) STRICT;

-- Durable handlers: where they began, whether they run, and the build that declared them last.
CREATE TABLE handlers (
    handler       TEXT PRIMARY KEY,
    begins        TEXT NOT NULL CHECK (begins IN ('start', 'now')),
    from_position INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('running', 'paused', 'halted')),
    reason        TEXT,
    since         INTEGER NOT NULL,
    build         TEXT NOT NULL,
    registered_at INTEGER NOT NULL
) STRICT;

-- The parts of each handler: up to where it has got, and who runs it. The epoch grows with every new owner.
CREATE TABLE handler_lanes (
    handler     TEXT NOT NULL REFERENCES handlers (handler) ON UPDATE CASCADE ON DELETE CASCADE,
    partition   INTEGER NOT NULL,
    checkpoint  INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    owner       TEXT,
    lease_until INTEGER,
    PRIMARY KEY (handler, partition),
    CHECK ((owner IS NULL) = (lease_until IS NULL))
) STRICT;

-- Names that handlers had which were removed or renamed, with their last epoch: a handler that bears
-- one later begins above it, so that an owner from before can write nothing.
CREATE TABLE former_handlers (
    handler TEXT PRIMARY KEY,
    epoch   INTEGER NOT NULL
) STRICT;

-- Keys whose events wait behind a letter, and the position from which they wait.
CREATE TABLE parked_keys (
    handler       TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    key           TEXT NOT NULL,
    from_position INTEGER NOT NULL,
    PRIMARY KEY (handler, partition, key),
    FOREIGN KEY (handler, partition) REFERENCES handler_lanes (handler, partition) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

-- The processes that are alive, or were, and the durable handlers that they declare, as JSON.
CREATE TABLE processes (
    process     TEXT PRIMARY KEY,
    build       TEXT NOT NULL,
    handlers    TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    alive_until INTEGER NOT NULL
) STRICT;

-- Events that a handler has failed on, one row per handler and event.
CREATE TABLE letters (
    letter_id       INTEGER PRIMARY KEY AUTOINCREMENT,
    handler         TEXT NOT NULL,
    event_id        TEXT NOT NULL,
    event_name      TEXT NOT NULL,
    schema_version  INTEGER NOT NULL,
    aggregate       TEXT NOT NULL,
    aggregate_id    TEXT NOT NULL,
    position        INTEGER NOT NULL,
    correlation_id  TEXT NOT NULL,
    traceparent     TEXT,
    build           TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('retrying', 'dead', 'resolved', 'discarded')),
    class           TEXT NOT NULL,
    error           TEXT,
    fingerprint     INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    attempts_before INTEGER NOT NULL,
    first_failed_at INTEGER NOT NULL,
    last_failed_at  INTEGER NOT NULL,
    next_attempt_at INTEGER,
    closed_at       INTEGER,
    lease_owner     TEXT,
    lease_until     INTEGER,
    partition       INTEGER,
    key             TEXT,
    UNIQUE (handler, event_id),
    CHECK ((next_attempt_at IS NOT NULL) = (status = 'retrying')),
    CHECK ((closed_at IS NOT NULL) = (status IN ('resolved', 'discarded')))
) STRICT;

-- What became of a commit: the letters about its events.
CREATE INDEX letters_by_event ON letters (event_id);
CREATE INDEX letters_due ON letters (next_attempt_at) WHERE status = 'retrying';
-- What the owner of a lane has to try again; letters without a partition are the first lane's.
CREATE INDEX letters_due_by_lane ON letters (handler, ifnull(partition, 0), next_attempt_at) WHERE status = 'retrying';

CREATE TABLE letter_attempts (
    letter_id   INTEGER NOT NULL REFERENCES letters (letter_id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    failed_at   INTEGER NOT NULL,
    class       TEXT NOT NULL,
    error       TEXT NOT NULL,
    fingerprint INTEGER NOT NULL,
    build       TEXT NOT NULL,
    PRIMARY KEY (letter_id, number)
) STRICT;

-- What operators have asked for, and what came of it. `letters` and `target` are JSON.
CREATE TABLE operations (
    operation_id INTEGER PRIMARY KEY AUTOINCREMENT,
    action       TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    reason       TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    handler      TEXT,
    target       TEXT,
    letters      TEXT NOT NULL DEFAULT '[]',
    state        TEXT NOT NULL CHECK (state IN ('requested', 'running', 'done', 'failed')),
    owner        TEXT,
    epoch        INTEGER NOT NULL DEFAULT 0,
    progress     TEXT,
    result       TEXT,
    finished_at  INTEGER
) STRICT;

-- For people. The remainder is made positive, so that times before 1970 are right too.
CREATE VIEW readable_events AS
SELECT position,
       event_name,
       aggregate || '/' || aggregate_id AS stream,
       version,
       strftime('%Y-%m-%d %H:%M:%S', (occurred_at - (occurred_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
           || printf('.%06d', (occurred_at % 1000000 + 1000000) % 1000000) AS occurred_at,
       strftime('%Y-%m-%d %H:%M:%S', (recorded_at - (recorded_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
           || printf('.%06d', (recorded_at % 1000000 + 1000000) % 1000000) AS recorded_at,
       actor,
       tenant,
       payload,
       metadata,
       schema_version,
       event_id,
       correlation_id,
       causation_id
FROM events;

CREATE VIEW readable_streams AS
SELECT s.aggregate || '/' || s.aggregate_id AS stream,
       s.version,
       strftime('%Y-%m-%d %H:%M:%S', e.recorded_at / 1000000, 'unixepoch') AS last_recorded_at,
       e.event_name AS last_event,
       strftime('%Y-%m-%d %H:%M:%S', s.archived_at / 1000000, 'unixepoch') AS archived_at
FROM streams s LEFT JOIN events e ON e.stream = s.stream AND e.version = s.version;

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
       lease_owner,
       build,
       event_id
FROM letters;

CREATE VIEW readable_letter_attempts AS
SELECT letter_id,
       number,
       strftime('%Y-%m-%d %H:%M:%S', failed_at / 1000000, 'unixepoch') AS failed_at,
       class,
       (SELECT group_concat(value, ': ') FROM json_each(error, '$.messages')) AS error,
       build
FROM letter_attempts;

CREATE VIEW readable_operations AS
SELECT operation_id,
       action,
       state,
       requested_by,
       reason,
       strftime('%Y-%m-%d %H:%M:%S', requested_at / 1000000, 'unixepoch') AS requested_at,
       handler,
       letters,
       result
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
       l.owner,
       h.build
FROM handlers h
LEFT JOIN handler_lanes l ON l.handler = h.handler;
