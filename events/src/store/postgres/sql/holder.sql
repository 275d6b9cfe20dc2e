-- The transaction of a connection; the oldest prepared one if $1 is none.
SELECT format('process %s%s%s', pid, ' of ' || nullif(application_name, ''), ' at ' || client_addr), xact_start
FROM pg_stat_activity
WHERE pid = $1
UNION ALL
(
    SELECT format('prepared transaction `%s`', gid), prepared
    FROM pg_prepared_xacts
    WHERE $1 IS NULL AND database = current_database()
    ORDER BY prepared
    LIMIT 1
)
