-- A checkpoint that doesn't move says nothing about where it is.
UPDATE {schema}.handler_lanes
SET checkpoint = coalesce($5, checkpoint)
WHERE handler = $1 AND partition = $2 AND epoch = $3 AND owner IS NOT NULL AND checkpoint = coalesce($4, checkpoint)
