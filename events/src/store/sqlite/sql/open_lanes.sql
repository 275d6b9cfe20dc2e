SELECT l.handler, l.partition, l.epoch, l.checkpoint,
       (SELECT count(*) FROM handler_lanes a WHERE a.handler = l.handler)
FROM handlers h
JOIN handler_lanes l ON l.handler = h.handler
WHERE h.handler IN (SELECT value FROM json_each(?3))
  AND h.state = 'running'
  AND (l.lease_until IS NULL OR l.lease_until <= ?1)
  AND l.owner IS NOT ?2
ORDER BY l.lease_until NULLS FIRST, l.handler, l.partition
LIMIT ?4
