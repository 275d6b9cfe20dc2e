-- Schema version 2: requests that the owners of handlers carry out, and what they need of letters.

DROP VIEW {schema}.readable_operations;
DROP VIEW {schema}.readable_letters;
DROP VIEW {schema}.readable_handlers;

ALTER TABLE {schema}.letters
    ADD COLUMN held           boolean NOT NULL DEFAULT false,
    ADD COLUMN run            bigint,
    ADD COLUMN run_place      bigint,
    ADD COLUMN edited_payload json;
CREATE INDEX letters_by_run ON {schema}.letters (run, run_place) WHERE run IS NOT NULL;

ALTER TABLE {schema}.handlers ADD COLUMN replay_until bigint NOT NULL DEFAULT 0;

ALTER TABLE {schema}.operations
    DROP COLUMN target,
    DROP COLUMN progress,
    DROP CONSTRAINT operations_state_check,
    ALTER COLUMN result TYPE text USING result #>> '{}',
    ALTER COLUMN owner TYPE text COLLATE "C",
    ADD CHECK (state IN ('requested', 'running', 'done', 'failed', 'stopped')),
    ADD COLUMN request   json,
    ADD COLUMN total     bigint NOT NULL DEFAULT 0,
    ADD COLUMN run_place bigint NOT NULL DEFAULT 0;
CREATE INDEX open_requests ON {schema}.operations (operation_id) WHERE state IN ('requested', 'running');

CREATE VIEW {schema}.readable_letters AS
SELECT letter_id,
       status,
       handler,
       event_name,
       aggregate || '/' || aggregate_id AS stream,
       position,
       class,
       (SELECT string_agg(message, ': ') FROM json_array_elements_text(error -> 'messages') AS message) AS error,
       error ->> 'type_name' AS error_type,
       attempts,
       first_failed_at,
       last_failed_at,
       next_attempt_at,
       closed_at,
       held,
       edited_payload,
       run,
       lease_owner,
       build,
       event_id
FROM {schema}.letters;

CREATE VIEW {schema}.readable_operations AS
SELECT operation_id,
       action,
       state,
       requested_by,
       reason,
       requested_at,
       handler,
       letters,
       request,
       total,
       owner,
       result,
       finished_at
FROM {schema}.operations;

CREATE VIEW {schema}.readable_handlers AS
SELECT h.handler,
       h.state,
       h.reason,
       h.begins,
       l.partition,
       l.checkpoint,
       coalesce((SELECT max(position) FROM {schema}.events), 0) - l.checkpoint AS behind_by,
       (SELECT count(*) FROM {schema}.parked_keys p WHERE p.handler = l.handler AND p.partition = l.partition) AS parked,
       h.replay_until,
       l.owner,
       h.build
FROM {schema}.handlers h
LEFT JOIN {schema}.handler_lanes l ON l.handler = h.handler;

COMMENT ON VIEW {schema}.readable_letters IS 'Events that a handler has failed on, with the error as one text.';
COMMENT ON VIEW {schema}.readable_operations IS 'What operators have done or asked for.';
COMMENT ON VIEW {schema}.readable_handlers IS 'Where each durable handler is, and how far behind the log.';
COMMENT ON COLUMN {schema}.letters.held IS 'Whether what waits behind the letter goes on waiting, though it is discarded.';
COMMENT ON COLUMN {schema}.letters.run IS 'The redrive run that the letter belongs to: the operation of that number.';
COMMENT ON COLUMN {schema}.letters.run_place IS 'Where the letter stands in its run.';
COMMENT ON COLUMN {schema}.letters.edited_payload IS 'What the event is handled with instead of the payload in the log.';
COMMENT ON COLUMN {schema}.handlers.replay_until IS 'Events up to here were handled before, by the handler or an earlier version of it.';
COMMENT ON COLUMN {schema}.operations.run_place IS 'How far a run has got.';
