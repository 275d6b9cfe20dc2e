-- $1 is the new name: above the epochs of an earlier handler of that name, too.
UPDATE {schema}.handler_lanes
SET epoch = greatest(epoch, (SELECT epoch FROM {schema}.former_handlers WHERE handler = $1)) + 1,
    owner = NULL,
    lease_until = NULL
WHERE handler = $1
