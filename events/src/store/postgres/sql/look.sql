-- Whether a schema has the history that all event stores have, and how many other things are in it.
SELECT EXISTS (
           SELECT
           FROM pg_attribute a
           WHERE a.attrelid = history.oid AND a.attname = 'schema_version'
             AND EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = history.oid AND b.attname = 'applied_by')
       ) AS is_store,
       (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind <> 'i')
           + (SELECT count(*) FROM pg_proc p WHERE p.pronamespace = n.oid)
           + (SELECT count(*) FROM pg_type t WHERE t.typnamespace = n.oid AND t.typtype IN ('d', 'e')) AS others
FROM (SELECT (SELECT oid FROM pg_namespace WHERE nspname = $1) AS oid) n
LEFT JOIN pg_class history ON history.relnamespace = n.oid AND history.relname = 'schema_history'
