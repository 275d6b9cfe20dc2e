-- Those of one handler, or with NULL all.
SELECT handler, partition, checkpoint, epoch, owner, lease_until
FROM handler_lanes
WHERE ?1 IS NULL OR handler = ?1
ORDER BY handler, partition
