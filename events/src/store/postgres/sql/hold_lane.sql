-- Nobody takes the lane away until the end of the transaction.
SELECT 1
FROM {schema}.handler_lanes
WHERE handler = $1 AND partition = $2 AND epoch = $3 AND owner IS NOT NULL
FOR NO KEY UPDATE
