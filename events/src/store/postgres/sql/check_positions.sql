SELECT s.seqcycle,
       s.seqcache <> 1,
       (SELECT last_value FROM {schema}.event_positions),
       coalesce((SELECT max(position) FROM {schema}.events), 0)
FROM pg_sequence s
WHERE s.seqrelid = '{schema}.event_positions'::regclass
