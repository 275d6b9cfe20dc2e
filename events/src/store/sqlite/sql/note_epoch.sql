INSERT OR REPLACE INTO former_handlers (handler, epoch)
SELECT ?1, max(epoch) FROM handler_lanes WHERE handler = ?1
