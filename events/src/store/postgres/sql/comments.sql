-- What a person reads who looks around in the schema: `\d+ {schema}.events` in psql.

COMMENT ON VIEW {schema}.readable_events IS 'The log as people read it; the newest at the end.';
COMMENT ON VIEW {schema}.readable_streams IS 'One row per stream, with its last event.';
COMMENT ON VIEW {schema}.readable_letters IS 'Events that a handler has failed on, with the error as one text.';
COMMENT ON VIEW {schema}.readable_letter_attempts IS 'The attempts at each letter.';
COMMENT ON VIEW {schema}.readable_operations IS 'What operators have done or asked for.';
COMMENT ON VIEW {schema}.readable_handlers IS 'Where each durable handler is, and how far behind the log.';
COMMENT ON TABLE {schema}.schema_history IS 'Which version the tables of this event store have had, and since when.';
COMMENT ON TABLE {schema}.streams IS 'One row per stream: the version of its last event.';
COMMENT ON TABLE {schema}.events IS 'The log of all events. Append through the library only: positions are handed out in an order that readers rely on.';
COMMENT ON COLUMN {schema}.events.position IS 'The place in the log. Grows, and may have holes.';
COMMENT ON COLUMN {schema}.events.version IS 'The place in the stream: 1, 2, 3, … without holes.';
COMMENT ON COLUMN {schema}.events.stream IS 'The number of aggregate and aggregate_id in the table streams.';
COMMENT ON COLUMN {schema}.events.schema_version IS 'The version of the event''s type that wrote the payload.';
COMMENT ON COLUMN {schema}.events.recorded_at IS 'When it was appended; never before the event ahead.';
COMMENT ON COLUMN {schema}.events.correlation_id IS 'The first event of the chain that this one belongs to.';
COMMENT ON COLUMN {schema}.events.causation_id IS 'The event whose handler published this one.';
COMMENT ON COLUMN {schema}.events.metadata IS 'Trace context and headers; null when there are none.';
COMMENT ON COLUMN {schema}.events.key_id IS 'The key that personal data is encrypted with; null until it is used.';
COMMENT ON TABLE {schema}.snapshots IS 'A cache of the states of aggregates; may be emptied.';
COMMENT ON TABLE {schema}.handlers IS 'Durable handlers: where they began, whether they run, and the build that declared them last.';
COMMENT ON TABLE {schema}.handler_lanes IS 'The parts of each durable handler: up to where it has got, and who runs it.';
COMMENT ON TABLE {schema}.processes IS 'The processes that are alive, or were, and the durable handlers that they declare.';
COMMENT ON TABLE {schema}.letters IS 'Events that a handler has failed on, one row per handler and event.';
COMMENT ON TABLE {schema}.letter_attempts IS 'The attempts at each letter, each with its error.';
COMMENT ON TABLE {schema}.former_handlers IS 'Names of handlers that were removed or renamed, with their last epoch.';
COMMENT ON TABLE {schema}.parked_keys IS 'Keys whose events wait behind a letter, and the position from which they wait.';
COMMENT ON TABLE {schema}.operations IS 'What operators have asked for, and what came of it.';
