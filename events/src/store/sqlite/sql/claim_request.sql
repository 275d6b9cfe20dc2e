-- Whose owner is alive belongs to him.
UPDATE operations
SET state = 'running', owner = ?2, epoch = epoch + 1
WHERE operation_id = ?1
  AND state IN ('requested', 'running')
  AND (owner IS NULL OR owner = ?2
       OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.process = operations.owner AND p.alive_until > ?3))
