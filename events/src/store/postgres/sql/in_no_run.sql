(run IS NULL OR run NOT IN (SELECT operation_id FROM {schema}.operations WHERE state IN ('requested', 'running')))
