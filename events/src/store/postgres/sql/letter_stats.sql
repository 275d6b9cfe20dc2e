SELECT handler, status, count(*), min(first_failed_at)
FROM {schema}.letters
GROUP BY handler, status
