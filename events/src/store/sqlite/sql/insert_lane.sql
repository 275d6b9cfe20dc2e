-- Above the epochs of an earlier handler of that name.
INSERT INTO handler_lanes (handler, partition, checkpoint, epoch)
VALUES (?1, ?2, ?3, ifnull((SELECT epoch FROM former_handlers WHERE handler = ?1), 0))
