-- One statement, so that the counts belong together.
SELECT 'total' AS what, '' AS name, count(*) AS number FROM {schema}.events
UNION ALL
SELECT 'streams', '', count(*) FROM {schema}.streams WHERE version > 0
UNION ALL
SELECT 'snapshots', '', count(*) FROM {schema}.snapshots
UNION ALL
SELECT 'event', event_name, count(*) FROM {schema}.events GROUP BY event_name
UNION ALL
SELECT 'aggregate', aggregate, count(*) FROM {schema}.events GROUP BY aggregate
