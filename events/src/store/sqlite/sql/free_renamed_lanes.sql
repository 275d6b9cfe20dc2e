-- ?1 is the new name: above the epochs of an earlier handler of that name, too.
UPDATE handler_lanes
SET epoch = max(epoch, ifnull((SELECT epoch FROM former_handlers WHERE handler = ?1), 0)) + 1,
    owner = NULL,
    lease_until = NULL
WHERE handler = ?1
