-- What the store's own connections are set to. $1: how long to wait for a lock; $2: whether commits
-- may be acknowledged before they are on the disk; $3: whether the connection appends; $4: whether nothing is
-- to be written, `on` or `off`.
SELECT set_config('default_transaction_isolation', 'read committed', false),
       set_config('default_transaction_read_only', $4, false),
       set_config('lock_timeout', $1, false),
       set_config(
           'synchronous_commit',
           CASE
               WHEN $2 THEN 'off'
               WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
               ELSE current_setting('synchronous_commit')
           END,
           false
       ),
       CASE WHEN $3 THEN set_config('plan_cache_mode', 'force_generic_plan', false) END,
       CASE WHEN $3 THEN set_config('enable_seqscan', 'off', false) END,
       CASE WHEN $3 THEN set_config('enable_hashjoin', 'off', false) END,
       CASE WHEN $3 THEN set_config('enable_mergejoin', 'off', false) END,
       CASE WHEN $3 THEN set_config('jit', 'off', false) END
