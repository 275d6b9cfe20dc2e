UPDATE handler_lanes
SET checkpoint = ?2, epoch = epoch + 1, owner = NULL, lease_until = NULL
WHERE handler = ?1
