SELECT operation_id, action, requested_by, reason, requested_at, letters, handler, state, request, total, owner, epoch,
       result, finished_at
FROM operations
