-- Schema version 1 of an event store in PostgreSQL. `{schema}` stands for the name of the schema.
--
-- Texts that are compared are compared byte by byte (COLLATE "C"), whatever the database's language
-- is: an index never changes its order with an update of the operating system.

-- Which version this schema has had, and since when. The highest counts.
CREATE TABLE {schema}.schema_history (
    schema_version integer PRIMARY KEY,
    applied_at     timestamptz NOT NULL,
    applied_by     text NOT NULL
);

-- The position that was handed out last; none is handed out twice, so positions may have holes. It
-- is read and moved by `draw` alone, and never by `nextval`.
CREATE SEQUENCE {schema}.event_positions AS bigint MINVALUE 0 START WITH 0 NO CYCLE CACHE 1;

-- The time of recording that was handed out last, in microseconds since 1970-01-01T00:00:00Z.
CREATE SEQUENCE {schema}.event_times AS bigint MINVALUE -9223372036854775808 START WITH -9223372036854775808
    NO CYCLE CACHE 1;

-- One row per stream: the version of its last event. Whoever appends holds its row until the commit.
-- A stream of version 0 was held, and then nothing was written.
CREATE TABLE {schema}.streams (
    stream       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aggregate    text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    archived_at  timestamptz,
    UNIQUE (aggregate, aggregate_id)
) WITH (fillfactor = 70);

-- The log. `stream` repeats `aggregate` and `aggregate_id` as a number, which keeps the index of the
-- versions small. It has no foreign key: rows are written by `append` alone, which holds the
-- stream's row, and a key would be looked up for each event.
CREATE TABLE {schema}.events (
    position       bigint PRIMARY KEY,
    event_id       uuid NOT NULL UNIQUE,
    stream         bigint NOT NULL,
    aggregate      text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    version        bigint NOT NULL,
    event_name     text COLLATE "C" NOT NULL,
    schema_version bigint NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id   uuid,
    actor          text COLLATE "C",
    tenant         text COLLATE "C",
    payload        json NOT NULL,
    metadata       json,
    key_id         text COLLATE "C",
    UNIQUE (stream, version)
);

CREATE INDEX events_by_name ON {schema}.events (event_name, position);
-- The first event of a chain is found by its id, which is the chain's.
CREATE INDEX events_by_correlation ON {schema}.events (correlation_id) WHERE correlation_id <> event_id;
CREATE INDEX events_by_time ON {schema}.events USING brin (recorded_at) WITH (pages_per_range = 16, autosummarize = on);

-- The newest state of a stream, taken by code with that fingerprint. A cache: may be emptied.
CREATE TABLE {schema}.snapshots (
    aggregate    text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    fingerprint  bigint NOT NULL,
    taken_at     timestamptz NOT NULL,
    state        json NOT NULL,
    PRIMARY KEY (aggregate, aggregate_id)
);

-- Durable handlers: where they began, whether they run, and the build that declared them last.
CREATE TABLE {schema}.handlers (
    handler       text COLLATE "C" PRIMARY KEY,
    begins        text NOT NULL CHECK (begins IN ('start', 'now')),
    from_position bigint NOT NULL,
    state         text NOT NULL CHECK (state IN ('running', 'paused', 'halted')),
    reason        text,
    since         timestamptz NOT NULL,
    build         text NOT NULL,
    registered_at timestamptz NOT NULL
);

-- The parts of each handler: up to where it has got, and who runs it. The epoch grows with every new owner.
CREATE TABLE {schema}.handler_lanes (
    handler     text COLLATE "C" NOT NULL REFERENCES {schema}.handlers (handler) ON UPDATE CASCADE ON DELETE CASCADE,
    partition   bigint NOT NULL,
    checkpoint  bigint NOT NULL,
    epoch       bigint NOT NULL,
    owner       text COLLATE "C",
    lease_until timestamptz,
    PRIMARY KEY (handler, partition),
    CHECK ((owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70);

-- Names that handlers had which were removed or renamed, with their last epoch: a handler that bears
-- one later begins above it, so that an owner from before can write nothing.
CREATE TABLE {schema}.former_handlers (
    handler text COLLATE "C" PRIMARY KEY,
    epoch   bigint NOT NULL
);

-- Keys whose events wait behind a letter, and the position from which they wait.
CREATE TABLE {schema}.parked_keys (
    handler       text COLLATE "C" NOT NULL,
    partition     bigint NOT NULL,
    key           text COLLATE "C" NOT NULL,
    from_position bigint NOT NULL,
    PRIMARY KEY (handler, partition, key),
    FOREIGN KEY (handler, partition) REFERENCES {schema}.handler_lanes (handler, partition)
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- The processes that are alive, or were, and the durable handlers that they declare, as a JSON list.
CREATE TABLE {schema}.processes (
    process     text COLLATE "C" PRIMARY KEY,
    build       text NOT NULL,
    handlers    json NOT NULL,
    started_at  timestamptz NOT NULL,
    alive_until timestamptz NOT NULL
) WITH (fillfactor = 70);

-- Events that a handler has failed on, one row per handler and event.
CREATE TABLE {schema}.letters (
    letter_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handler         text COLLATE "C" NOT NULL,
    event_id        uuid NOT NULL,
    event_name      text COLLATE "C" NOT NULL,
    schema_version  bigint NOT NULL,
    aggregate       text COLLATE "C" NOT NULL,
    aggregate_id    text COLLATE "C" NOT NULL,
    position        bigint NOT NULL,
    correlation_id  uuid NOT NULL,
    traceparent     text,
    build           text NOT NULL,
    status          text NOT NULL CHECK (status IN ('retrying', 'dead', 'resolved', 'discarded')),
    class           text NOT NULL,
    error           json,
    fingerprint     bigint NOT NULL,
    attempts        bigint NOT NULL,
    attempts_before bigint NOT NULL,
    first_failed_at timestamptz NOT NULL,
    last_failed_at  timestamptz NOT NULL,
    next_attempt_at timestamptz,
    closed_at       timestamptz,
    lease_owner     text,
    lease_until     timestamptz,
    partition       bigint,
    key             text COLLATE "C",
    UNIQUE (handler, event_id),
    CHECK ((next_attempt_at IS NOT NULL) = (status = 'retrying')),
    CHECK ((closed_at IS NOT NULL) = (status IN ('resolved', 'discarded')))
) WITH (fillfactor = 80);

-- What became of a commit: the letters about its events.
CREATE INDEX letters_by_event ON {schema}.letters (event_id);
CREATE INDEX letters_due ON {schema}.letters (next_attempt_at) WHERE status = 'retrying';
-- What the owner of a lane has to try again; letters without a partition are the first lane's.
CREATE INDEX letters_due_by_lane ON {schema}.letters (handler, (coalesce(partition, 0)), next_attempt_at)
    WHERE status = 'retrying';

CREATE TABLE {schema}.letter_attempts (
    letter_id   bigint NOT NULL REFERENCES {schema}.letters (letter_id) ON DELETE CASCADE,
    number      bigint NOT NULL,
    failed_at   timestamptz NOT NULL,
    class       text NOT NULL,
    error       json NOT NULL,
    fingerprint bigint NOT NULL,
    build       text NOT NULL,
    PRIMARY KEY (letter_id, number)
);

-- What operators have asked for, and what came of it.
CREATE TABLE {schema}.operations (
    operation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action       text NOT NULL,
    requested_by text NOT NULL,
    reason       text NOT NULL,
    requested_at timestamptz NOT NULL,
    handler      text COLLATE "C",
    target       json,
    letters      json NOT NULL DEFAULT '[]',
    state        text NOT NULL CHECK (state IN ('requested', 'running', 'done', 'failed')),
    owner        text,
    epoch        bigint NOT NULL DEFAULT 0,
    progress     json,
    result       json,
    finished_at  timestamptz
);
