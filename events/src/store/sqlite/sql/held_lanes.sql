SELECT l.handler, l.partition, l.epoch
FROM handler_lanes l
JOIN handlers h ON h.handler = l.handler
WHERE l.owner = ?1 AND h.state = 'running'
ORDER BY l.handler, l.partition
