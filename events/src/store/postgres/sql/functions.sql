-- How events get into the log, and how far it can be read.
--
-- Readers must never meet a position that they have passed, though writers commit in any order. So a
-- writer, before it draws its first position, takes a shared lock whose key is the position that was
-- handed out last: everything it will write lies behind that. A reader takes the position handed out
-- last, then looks at these locks: up to the lowest of them everything is decided. That is so because
-- PostgreSQL makes a commit visible before it lets go of its locks. It needs READ COMMITTED, where
-- each statement sees what was committed before it began; in another isolation level, and on a
-- standby, the functions answer with `trouble` and do nothing:
--   1: another isolation level   2: nothing can be written, or this is a standby

-- Hands out the positions after `last_position`, and the time that theirs must not be before; none
-- for the first.
--
-- First it holds readers back before what this transaction will write. Once is enough: the setting
-- that remembers it goes with the lock when a savepoint is rolled back.
--
-- Only one transaction at a time draws, for some microseconds: hence the positions of one commit
-- stand together, and times grow with positions.
CREATE FUNCTION {schema}.draw(p_count bigint, p_time bigint, OUT last_position bigint, OUT last_time bigint)
LANGUAGE plpgsql AS $$
DECLARE
    pins CONSTANT integer := '{schema}.event_positions'::regclass::oid::int4;
    door CONSTANT integer := '{schema}.event_times'::regclass::oid::int4;
    done text;
BEGIN
    IF coalesce(current_setting('events_pin.{name}', true), '') = '' THEN
        last_position := coalesce(pg_sequence_last_value('{schema}.event_positions'), 0);
        -- The lower half of the position: whoever looks knows the upper one.
        IF NOT pg_try_advisory_xact_lock_shared(pins, last_position::bit(32)::int4) THEN
            PERFORM pg_advisory_xact_lock_shared(pins, last_position::bit(32)::int4);
        END IF;
        done := set_config('events_pin.{name}', last_position::text, true);
    END IF;
    IF NOT pg_try_advisory_lock(door, 0) THEN
        PERFORM pg_advisory_lock(door, 0);
    END IF;
    last_position := coalesce(pg_sequence_last_value('{schema}.event_positions'), 0);
    last_time := pg_sequence_last_value('{schema}.event_times');
    done := setval('{schema}.event_positions', last_position + p_count);
    IF last_time IS NULL OR p_time > last_time THEN
        done := setval('{schema}.event_times', p_time);
    END IF;
    done := pg_advisory_unlock(door, 0);
EXCEPTION WHEN query_canceled OR OTHERS THEN
    -- Unlike the transaction's own locks this one would stay.
    done := pg_advisory_unlock(door, 0);
    RAISE;
END $$;

-- Appends a group of commits in one transaction. What is said of streams (s_), commits (c_), the
-- streams that each commit touches (t_), and events (e_), are lists. The streams are sorted, so that
-- all groups lock them in one order; `s_made` says whose row is made if it isn't there. A touch
-- expects a version, or -1: any, or -2: one above zero. `c_known` are ids to look for: the first of
-- each commit, or all those of a single commit.
--
-- `outcomes` says what became of each commit:
--   0: written; its first position, its time, and the version of each of its streams before it
--   1: a stream has another version than expected; `conflicts` says which touch that is
--   2: another transaction holds a stream, and `p_wait` is false
--   3: an event's id is in the log already
-- An id that another transaction writes at the same time is an error (unique_violation).
CREATE FUNCTION {schema}.append(
    p_wait          boolean,
    s_aggregates    text[],
    s_ids           text[],
    s_made          boolean[],
    c_times         timestamptz[],
    c_micros        bigint[],
    c_touches       integer[],
    c_events        integer[],
    c_known         uuid[],
    t_commits       integer[],
    t_streams       integer[],
    t_expected      bigint[],
    t_events        bigint[],
    e_touches       integer[],
    e_numbers       integer[],
    e_ids           uuid[],
    e_aggregates    text[],
    e_aggregate_ids text[],
    e_names         text[],
    e_schemas       bigint[],
    e_occurred      timestamptz[],
    e_correlations  uuid[],
    e_causations    uuid[],
    e_actors        text[],
    e_tenants       text[],
    e_payloads      json[],
    e_metadata      json[],
    OUT trouble     integer,
    OUT outcomes    integer[],
    OUT positions   bigint[],
    OUT times       bigint[],
    OUT versions    bigint[],
    OUT conflicts   integer[]
) LANGUAGE plpgsql
AS $$
DECLARE
    commits CONSTANT integer := cardinality(c_touches);
    streams CONSTANT integer := cardinality(s_ids);
    rows    bigint[];
    heads   bigint[];
    missing integer := streams;
    row     record;
    made    bigint;
    patience CONSTANT text := current_setting('lock_timeout');
    touch   integer := 0;
    event   integer := 0;
    head    bigint;
    latest  bigint;
    last    bigint;
    drawn   record;
    total   bigint := 0;
    starts  bigint[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        trouble := 1;
        RETURN;
    ELSIF current_setting('transaction_read_only')::boolean THEN
        trouble := 2;
        RETURN;
    END IF;
    trouble := 0;
    outcomes := array_fill(0, ARRAY[commits]);
    conflicts := outcomes;
    positions := array_fill(0::bigint, ARRAY[commits]);
    times := positions;
    versions := array_fill(0::bigint, ARRAY[cardinality(t_streams)]);
    rows := array_fill(0::bigint, ARRAY[streams]);
    heads := rows;

    -- First the streams' rows: whoever holds them decides about versions and ids.
    LOOP
        IF p_wait THEN
            FOR row IN
                SELECT w.number, s.stream, s.version
                FROM (
                    SELECT unnest(s_aggregates) AS aggregate, unnest(s_ids) AS id, unnest(rows) AS stream,
                           generate_subscripts(s_ids, 1) AS number
                ) w
                JOIN {schema}.streams s ON s.aggregate = w.aggregate AND s.aggregate_id = w.id
                WHERE w.stream = 0
                ORDER BY w.number
                FOR UPDATE OF s
            LOOP
                rows[row.number] := row.stream;
                heads[row.number] := row.version;
                missing := missing - 1;
            END LOOP;
        ELSIF streams = 1 THEN
            -- As most are: what follows does the same, with more effort.
            SELECT s.stream, s.version INTO made, head
            FROM {schema}.streams s
            WHERE s.aggregate = s_aggregates[1] AND s.aggregate_id = s_ids[1]
            FOR UPDATE SKIP LOCKED;
            IF made IS NOT NULL THEN
                rows[1] := made;
                heads[1] := head;
                missing := 0;
            END IF;
        ELSE
            FOR row IN
                SELECT w.number, s.stream, s.version
                FROM (
                    SELECT unnest(s_aggregates) AS aggregate, unnest(s_ids) AS id,
                           generate_subscripts(s_ids, 1) AS number
                ) w
                JOIN {schema}.streams s ON s.aggregate = w.aggregate AND s.aggregate_id = w.id
                ORDER BY w.number
                FOR UPDATE OF s SKIP LOCKED
            LOOP
                rows[row.number] := row.stream;
                heads[row.number] := row.version;
                missing := missing - 1;
            END LOOP;
        END IF;
        EXIT WHEN missing = 0;
        -- A row that another transaction is making can't be seen, nor skipped: who makes it too has
        -- to wait. An appender for many waits for a moment only, and leaves those commits out.
        IF NOT p_wait THEN
            PERFORM set_config('lock_timeout', '20ms', true);
        END IF;
        BEGIN
            FOR row IN
                SELECT w.aggregate, w.id, w.number
                FROM (
                    SELECT unnest(s_aggregates) AS aggregate, unnest(s_ids) AS id, unnest(s_made) AS made,
                           unnest(rows) AS stream, generate_subscripts(s_ids, 1) AS number
                ) w
                WHERE w.stream = 0 AND w.made
                ORDER BY w.number
            LOOP
                INSERT INTO {schema}.streams AS s (aggregate, aggregate_id, version)
                VALUES (row.aggregate, row.id, 0)
                ON CONFLICT DO NOTHING
                RETURNING s.stream INTO made;
                IF made IS NOT NULL THEN
                    rows[row.number] := made;
                    missing := missing - 1;
                END IF;
            END LOOP;
        EXCEPTION WHEN lock_not_available THEN
            IF p_wait THEN
                RAISE;
            END IF;
            -- None of them was made.
            FOR number IN 1 .. streams LOOP
                IF s_made[number] AND heads[number] = 0 THEN
                    rows[number] := 0;
                    heads[number] := -1;
                END IF;
            END LOOP;
        END;
        IF NOT p_wait THEN
            PERFORM set_config('lock_timeout', patience, true);
        END IF;
        EXIT WHEN missing = 0;
        -- What is there by now and wasn't locked is held by another transaction.
        made := 0;
        FOR row IN
            SELECT w.number
            FROM (
                SELECT unnest(s_aggregates) AS aggregate, unnest(s_ids) AS id, unnest(rows) AS stream,
                       generate_subscripts(s_ids, 1) AS number
            ) w
            JOIN {schema}.streams s ON s.aggregate = w.aggregate AND s.aggregate_id = w.id
            WHERE w.stream = 0
        LOOP
            heads[row.number] := -1;
            made := made + 1;
        END LOOP;
        EXIT WHEN made = 0 OR NOT p_wait;
    END LOOP;

    -- Then, in a statement that sees what the last holder has written, the events' ids.
    IF cardinality(c_known) = 1 THEN
        SELECT e.position INTO made FROM {schema}.events e WHERE e.event_id = c_known[1];
        IF made IS NOT NULL THEN
            outcomes[1] := 3;
        END IF;
    ELSE FOR row IN
        SELECT k.number
        FROM (SELECT unnest(c_known) AS id, generate_subscripts(c_known, 1) AS number) k
        JOIN {schema}.events e ON e.event_id = k.id
    LOOP
        outcomes[least(row.number, commits)] := 3;
    END LOOP; END IF;

    -- Then what is expected, commit by commit, each after what those before it will have written.
    FOR number IN 1 .. commits LOOP
        IF outcomes[number] = 0 THEN
            FOR i IN touch + 1 .. touch + c_touches[number] LOOP
                head := heads[t_streams[i]];
                versions[i] := head;
                IF head < 0 THEN
                    outcomes[number] := 2;
                ELSIF outcomes[number] = 0 AND NOT (
                    t_expected[i] = head OR t_expected[i] = -1 OR (t_expected[i] = -2 AND head > 0)
                ) THEN
                    outcomes[number] := 1;
                    conflicts[number] := i;
                END IF;
            END LOOP;
        END IF;
        IF outcomes[number] = 0 THEN
            FOR i IN touch + 1 .. touch + c_touches[number] LOOP
                heads[t_streams[i]] := heads[t_streams[i]] + t_events[i];
            END LOOP;
            -- Until the first position is known: what is to be added to an event's place in the list.
            positions[number] := total - event;
            total := total + c_events[number];
            latest := greatest(latest, c_micros[number]);
            times[number] := latest;
        ELSIF outcomes[number] = 1 AND (
            e_ids[1 : event] && e_ids[event + 1 : event + c_events[number]]
            OR EXISTS (
                SELECT FROM {schema}.events e WHERE e.event_id = ANY (e_ids[event + 1 : event + c_events[number]])
            )
        ) THEN
            -- It has moved the stream on itself, before or further up in this group.
            outcomes[number] := 3;
        END IF;
        touch := touch + c_touches[number];
        event := event + c_events[number];
    END LOOP;
    IF total = 0 THEN
        RETURN;
    END IF;

    drawn := {schema}.draw(total, latest);
    last := drawn.last_position;
    latest := drawn.last_time;
    starts := positions;
    event := 0;
    FOR number IN 1 .. commits LOOP
        IF outcomes[number] = 0 THEN
            starts[number] := last + positions[number];
            positions[number] := starts[number] + event + 1;
            times[number] := greatest(times[number], latest);
            -- A commit ahead, of this group or another, may have a later time than its own.
            IF times[number] > c_micros[number] THEN
                c_times[number] := to_timestamp(times[number] / 1000000)
                    + times[number] % 1000000 * interval '1 microsecond';
            END IF;
        END IF;
        event := event + c_events[number];
    END LOOP;
    INSERT INTO {schema}.events (
        position, event_id, stream, aggregate, aggregate_id, version, event_name, schema_version, occurred_at,
        recorded_at, correlation_id, causation_id, actor, tenant, payload, metadata
    )
    SELECT starts[t_commits[e.touch]] + e.place, e.id, rows[t_streams[e.touch]], e.aggregate, e.aggregate_id,
           versions[e.touch] + e.number, e.name, e.schema, e.occurred, c_times[t_commits[e.touch]], e.correlation,
           e.causation, e.actor, e.tenant, e.payload, e.metadata
    FROM (
        SELECT unnest(e_touches) AS touch, unnest(e_numbers) AS number, unnest(e_ids) AS id,
               unnest(e_aggregates) AS aggregate, unnest(e_aggregate_ids) AS aggregate_id, unnest(e_names) AS name,
               unnest(e_schemas) AS schema, unnest(e_occurred) AS occurred, unnest(e_correlations) AS correlation,
               unnest(e_causations) AS causation, unnest(e_actors) AS actor, unnest(e_tenants) AS tenant,
               unnest(e_payloads) AS payload, unnest(e_metadata) AS metadata, generate_subscripts(e_ids, 1) AS place
    ) e
    WHERE outcomes[t_commits[e.touch]] = 0;
    IF streams = 1 THEN
        UPDATE {schema}.streams s SET version = heads[1] WHERE s.stream = rows[1];
        RETURN;
    END IF;
    UPDATE {schema}.streams s
    SET version = w.version
    FROM (SELECT unnest(rows) AS stream, unnest(heads) AS version) w
    WHERE s.stream = w.stream AND s.version < w.version;
END $$;

-- The same inside of a transaction that goes on afterwards, whatever becomes of the commit. Two more
-- outcomes, after which nothing of the group is written:
--   4: another transaction has written an event's id at the same time
--   5: waiting for another transaction took longer than `lock_timeout` allows
CREATE FUNCTION {schema}.append_in(
    p_wait          boolean,
    s_aggregates    text[],
    s_ids           text[],
    s_made          boolean[],
    c_times         timestamptz[],
    c_micros        bigint[],
    c_touches       integer[],
    c_events        integer[],
    c_known         uuid[],
    t_commits       integer[],
    t_streams       integer[],
    t_expected      bigint[],
    t_events        bigint[],
    e_touches       integer[],
    e_numbers       integer[],
    e_ids           uuid[],
    e_aggregates    text[],
    e_aggregate_ids text[],
    e_names         text[],
    e_schemas       bigint[],
    e_occurred      timestamptz[],
    e_correlations  uuid[],
    e_causations    uuid[],
    e_actors        text[],
    e_tenants       text[],
    e_payloads      json[],
    e_metadata      json[],
    OUT trouble     integer,
    OUT outcomes    integer[],
    OUT positions   bigint[],
    OUT times       bigint[],
    OUT versions    bigint[],
    OUT conflicts   integer[]
) LANGUAGE plpgsql
-- The way by the indices is always right, and needs no thinking about.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
BEGIN
    SELECT a.* INTO trouble, outcomes, positions, times, versions, conflicts
    FROM {schema}.append(
        p_wait, s_aggregates, s_ids, s_made, c_times, c_micros, c_touches, c_events, c_known, t_commits, t_streams,
        t_expected, t_events, e_touches, e_numbers, e_ids, e_aggregates, e_aggregate_ids, e_names, e_schemas,
        e_occurred, e_correlations, e_causations, e_actors, e_tenants, e_payloads, e_metadata
    ) a;
EXCEPTION
    WHEN unique_violation THEN
        trouble := 0;
        outcomes := array_fill(4, ARRAY[cardinality(c_touches)]);
    WHEN lock_not_available THEN
        trouble := 0;
        outcomes := array_fill(5, ARRAY[cardinality(c_touches)]);
END $$;

-- How far the log can be read: `decided` is the position of the last event up to which nothing can
-- come any more, and `high` the position that was handed out last. `open` is how many positions
-- before that wait for the end of a transaction; `held_by` is the connection of the oldest one that
-- does so, or nothing if that transaction is a prepared one.
CREATE FUNCTION {schema}.log_end(
    OUT trouble integer,
    OUT high    bigint,
    OUT decided bigint,
    OUT open    bigint,
    OUT held_by integer
) LANGUAGE plpgsql AS $$
DECLARE
    keys   bigint[];
    holder integer[];
    now_at bigint;
    back   bigint := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        trouble := 1;
        RETURN;
    ELSIF pg_is_in_recovery() THEN
        trouble := 2;
        RETURN;
    END IF;
    trouble := 0;
    -- Each of these is a statement of its own, and their order matters.
    SELECT last_value INTO high FROM {schema}.event_positions;
    SELECT array_agg(objid::bigint), array_agg(pid) INTO keys, holder
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted
      AND classid = '{schema}.event_positions'::regclass::oid
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    -- A key is the lower half of a position that was handed out by now.
    SELECT last_value INTO now_at FROM {schema}.event_positions;
    IF keys IS NOT NULL THEN
        SELECT l.back, l.pid INTO back, held_by
        FROM (SELECT (now_at - k.key) & 4294967295 AS back, k.pid FROM unnest(keys, holder) AS k (key, pid)) l
        ORDER BY l.back DESC
        LIMIT 1;
    END IF;
    open := greatest(high - (now_at - back), 0);
    SELECT max(position) INTO decided FROM {schema}.events WHERE position <= high - open;
    decided := coalesce(decided, 0);
END $$;
