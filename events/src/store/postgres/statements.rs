//! The SQL of one store: that of the `.sql` files, with the name of its schema put in.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// Where the name of the schema goes, as an identifier.
const SCHEMA: &str = "{schema}";
/// Where it goes as part of a longer name.
const NAME: &str = "{name}";

/// A statement, ready to be run. The name of the schema is the only thing that was put into it, and
/// its characters were checked.
#[derive(Debug, Clone)]
pub(super) struct Sql(Arc<str>);

impl Sql {
    pub(super) fn new(schema: &str, text: &str) -> Self {
        Self(text.replace(SCHEMA, &format!("\"{schema}\"")).replace(NAME, schema).into())
    }

    pub(super) fn safe(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }
}

impl std::ops::Deref for Sql {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

macro_rules! statements {
    ($($name:ident = $text:expr;)*) => {
        /// The statements of a store.
        #[derive(Debug)]
        pub(super) struct Statements {
            $(pub(super) $name: Sql,)*
        }

        impl Statements {
            pub(super) fn new(schema: &str) -> Self {
                Self { $($name: Sql::new(schema, $text),)* }
            }
        }
    };
}

statements! {
    append = include_str!("sql/append.sql");
    append_in = include_str!("sql/append_in.sql");
    notify = "SELECT pg_notify('events.{name}', '')";
    events_by_id = include_str!("sql/events_by_id.sql");
    read_stream_forwards = include_str!("sql/read_stream_forwards.sql");
    read_stream_backwards = include_str!("sql/read_stream_backwards.sql");
    stream_data_forwards = include_str!("sql/stream_data_forwards.sql");
    stream_data_backwards = include_str!("sql/stream_data_backwards.sql");
    read_log_data = "SELECT position, payload, version, event_name, schema_version FROM {schema}.events";
    read_log = include_str!("sql/read_log.sql");
    stream_version = "SELECT version FROM {schema}.streams WHERE aggregate = $1 AND aggregate_id = $2";
    of_stream = "stream = (SELECT stream FROM {schema}.streams WHERE aggregate = ";
    count = "SELECT count(*) FROM {schema}.events";
    stats = include_str!("sql/stats.sql");
    log_end = "SELECT trouble, high, decided, open, held_by FROM {schema}.log_end()";
    holder = include_str!("sql/holder.sql");
    load_snapshot = include_str!("sql/load_snapshot.sql");
    save_snapshot = include_str!("sql/save_snapshot.sql");
    delete_snapshot = "DELETE FROM {schema}.snapshots WHERE aggregate = $1 AND aggregate_id = $2";
    write_letter = include_str!("sql/write_letter.sql");
    read_letters = include_str!("sql/read_letters.sql");
    letter_attempts = include_str!("sql/letter_attempts.sql");
    claim_letters = include_str!("sql/claim_letters.sql");
    resolve_letter = include_str!("sql/resolve_letter.sql");
    postpone_letter = include_str!("sql/postpone_letter.sql");
    fail_letter = include_str!("sql/fail_letter.sql");
    next_letter_due = include_str!("sql/next_letter_due.sql");
    pick_letters = "SELECT letter_id FROM {schema}.letters";
    redrive_letters = include_str!("sql/redrive_letters.sql");
    discard_letters = include_str!("sql/discard_letters.sql");
    restore_letters = include_str!("sql/restore_letters.sql");
    insert_operation = include_str!("sql/insert_operation.sql");
    purge_letters = "DELETE FROM {schema}.letters WHERE status = $1 AND closed_at < $2 AND NOT held";
    letter_stats = include_str!("sql/letter_stats.sql");
    read_operations = include_str!("sql/read_operations.sql");
    last_operation = "SELECT operation_id FROM {schema}.operations ORDER BY operation_id DESC LIMIT 1";
    request = "SELECT pg_advisory_xact_lock('{schema}.operations'::regclass::oid::int4, 0)";
    pick_letters_and_handlers = "SELECT letter_id, handler FROM {schema}.letters";
    in_no_run = include_str!("sql/in_no_run.sql");
    insert_request = include_str!("sql/insert_request.sql");
    enter_run = include_str!("sql/enter_run.sql");
    claim_request = include_str!("sql/claim_request.sql");
    finish_request = include_str!("sql/finish_request.sql");
    edit_letter = "UPDATE {schema}.letters SET edited_payload = $2 WHERE letter_id = $1";
    hold_run = include_str!("sql/hold_run.sql");
    next_of_run = include_str!("sql/next_of_run.sql");
    move_run = "UPDATE {schema}.operations SET run_place = $2 WHERE operation_id = $1";
    run_place = include_str!("sql/run_place.sql");
    run_progress = include_str!("sql/run_progress.sql");
    stop_run = include_str!("sql/stop_run.sql");
    hold_letters = include_str!("sql/hold_letters.sql");
    release_letters = "UPDATE {schema}.letters SET held = false WHERE letter_id = ANY ($1)";
    release_letters_of = "UPDATE {schema}.letters SET held = false WHERE handler = $1 AND held";
    handled_before = include_str!("sql/handled_before.sql");
    rebuild_lanes = include_str!("sql/rebuild_lanes.sql");
    discard_open_letters = include_str!("sql/discard_open_letters.sql");
    register = "SELECT pg_advisory_xact_lock('{schema}.handlers'::regclass::oid::int4, 0)";
    is_known = "SELECT EXISTS (SELECT FROM {schema}.handlers WHERE handler = $1)";
    insert_handler = include_str!("sql/insert_handler.sql");
    insert_lanes = include_str!("sql/insert_lanes.sql");
    note_build = "UPDATE {schema}.handlers SET build = $2 WHERE handler = $1 AND build <> $2";
    rename_handler = "UPDATE {schema}.handlers SET handler = $2 WHERE handler = $1";
    rename_letters = "UPDATE {schema}.letters SET handler = $2 WHERE handler = $1";
    remove_handler = "DELETE FROM {schema}.handlers WHERE handler = $1";
    release_all_keys = "DELETE FROM {schema}.parked_keys WHERE handler = $1";
    delete_replaced_letters = include_str!("sql/delete_replaced_letters.sql");
    free_renamed_lanes = include_str!("sql/free_renamed_lanes.sql");
    note_epoch = include_str!("sql/note_epoch.sql");
    enter_state = include_str!("sql/enter_state.sql");
    reset_lanes = include_str!("sql/reset_lanes.sql");
    read_handlers = include_str!("sql/read_handlers.sql");
    read_lanes = include_str!("sql/read_lanes.sql");
    parked_keys = include_str!("sql/parked_keys.sql");
    parked_keys_of_lane = include_str!("sql/parked_keys_of_lane.sql");
    open_lanes = include_str!("sql/open_lanes.sql");
    release_lane = include_str!("sql/release_lane.sql");
    beat = include_str!("sql/beat.sql");
    processes = include_str!("sql/processes.sql");
    end_process = include_str!("sql/end_process.sql");
    hold_lane = include_str!("sql/hold_lane.sql");
    advance_lane = include_str!("sql/advance_lane.sql");
    park_key = include_str!("sql/park_key.sql");
    release_key = include_str!("sql/release_key.sql");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_s_name_is_put_in() {
        let sql = Sql::new("shop", "SELECT 1 FROM {schema}.streams -- {name}");
        assert_eq!(&*sql, "SELECT 1 FROM \"shop\".streams -- shop");
    }
}
