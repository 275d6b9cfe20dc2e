-- For people, who look with psql or another tool.

CREATE VIEW {schema}.readable_events AS
SELECT position,
       event_name,
       aggregate || '/' || aggregate_id AS stream,
       version,
       occurred_at,
       recorded_at,
       actor,
       tenant,
       payload,
       metadata,
       schema_version,
       event_id,
       correlation_id,
       causation_id
FROM {schema}.events;

CREATE VIEW {schema}.readable_streams AS
SELECT s.aggregate || '/' || s.aggregate_id AS stream,
       s.version,
       e.recorded_at AS last_recorded_at,
       e.event_name AS last_event,
       s.archived_at
FROM {schema}.streams s
LEFT JOIN {schema}.events e ON e.stream = s.stream AND e.version = s.version
WHERE s.version > 0;

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
       lease_owner,
       build,
       event_id
FROM {schema}.letters;

CREATE VIEW {schema}.readable_letter_attempts AS
SELECT letter_id,
       number,
       failed_at,
       class,
       (SELECT string_agg(message, ': ') FROM json_array_elements_text(error -> 'messages') AS message) AS error,
       build
FROM {schema}.letter_attempts;

CREATE VIEW {schema}.readable_operations AS
SELECT operation_id,
       action,
       state,
       requested_by,
       reason,
       requested_at,
       handler,
       letters,
       result
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
       l.owner,
       h.build
FROM {schema}.handlers h
LEFT JOIN {schema}.handler_lanes l ON l.handler = h.handler;
