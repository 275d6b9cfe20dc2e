//! What every store must do, as tests that run on any store.
//!
//! [`contract_suite!`](crate::contract_suite) expands to a module with one test per case. Each test
//! gets an empty store of its own. A backend that passes keeps the promises that the rest of the
//! framework builds on: atomic appends, versions without holes, idempotence by event id, a log that
//! is read in order and without gaps, letters that are leased to one owner at a time, and lanes of
//! durable handlers whose owners write everything or nothing.
//!
//! ```
//! # #![allow(unused)]
//! use events::EventStore;
//! use events::store::MemoryBackend;
//!
//! events::contract_suite!(memory, async || EventStore::new(MemoryBackend::new()), without transactions);
//! # fn main() {}
//! ```
//!
//! The tests are `#[tokio::test]`s on several threads: the package needs `tokio` with the features
//! `macros` and `rt-multi-thread` among its `[dev-dependencies]`.

pub mod appending;
pub mod closing;
pub mod delivery;
pub mod duplicates;
pub mod handlers;
pub mod lane_writes;
pub mod lanes;
pub mod letters;
pub mod limits;
pub mod log;
pub mod operations;
pub mod reading;
pub mod requests;
pub mod snapshots;
mod support;
pub mod transactions;

pub use support::Case;

use crate::store::EventStore;

/// What a store under test comes as: the store, or a pair of it and something that must live as
/// long, such as a folder that is removed in the end; or nothing, where it can't be tested.
pub trait Subject: Send {
    /// The store; without one the case is skipped. Whoever opens it says why there is none.
    fn store(&self) -> Option<EventStore>;
}

impl Subject for EventStore {
    fn store(&self) -> Option<EventStore> {
        Some(self.clone())
    }
}

impl<T: Send> Subject for (EventStore, T) {
    fn store(&self) -> Option<EventStore> {
        Some(self.0.clone())
    }
}

impl<S: Subject> Subject for Option<S> {
    fn store(&self) -> Option<EventStore> {
        self.as_ref().and_then(Subject::store)
    }
}

/// Expands to the tests of the store contract: `contract_suite!(name, open)`.
///
/// `name` is the name of the module; `open` is an async closure that answers with an empty store, or
/// with a pair of a store and a guard, or with an `Option` of either. See [`testing::contract`](crate::testing::contract).
///
/// A backend that leaves something out says so: `contract_suite!(name, open, without transactions)`
/// where handlers can't be lent a transaction, `contract_suite!(name, open, without delivery)` where
/// nothing is kept for durable handlers at all. What is left out must be refused as unsupported then.
///
/// ```
/// use events::EventStore;
///
/// events::contract_suite!(
///     memory,
///     async || (EventStore::memory(), "what must live as long"),
///     without transactions
/// );
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! contract_suite {
    ($name:ident, $open:expr) => {
        $crate::contract_suite! {
            @delivery $name, $open;
            transactions: a_transaction_is_committed_with_the_lane, a_transaction_without_commit_is_undone,
                a_lost_lane_undoes_the_transaction, a_refused_append_leaves_the_transaction_usable,
                many_transactions_miss_nothing;
        }
    };
    ($name:ident, $open:expr, without transactions) => {
        $crate::contract_suite! { @delivery $name, $open; delivery: no_transaction_is_lent; }
    };
    ($name:ident, $open:expr, without delivery) => {
        $crate::contract_suite! { @core $name, $open; delivery: nothing_is_kept_for_handlers, no_transaction_is_lent; }
    };
    (@delivery $name:ident, $open:expr; $($more:tt)+) => {
        $crate::contract_suite! {
            @core $name, $open;
            handlers: a_new_handler_begins_where_it_says, a_known_handler_stays_what_it_is,
                a_renamed_handler_keeps_everything, a_known_name_is_no_new_one,
                an_absurd_number_of_lanes_is_refused, handlers_registered_at_once_are_one,
                a_handler_is_paused_and_resumed, a_reset_handler_begins_again, a_removed_handler_is_forgotten,
                a_declared_handler_is_not_removed,
                what_cannot_be_changed_is_not;
            lanes: free_and_expired_lanes_are_claimed, a_claim_takes_the_longest_free_first,
                lanes_of_stopped_handlers_stay_free, a_lane_comes_with_its_parked_keys,
                racing_claims_share_the_lanes, a_beat_renews_the_leases, a_beat_leaves_stopped_handlers_out,
                processes_come_and_go, an_ended_process_frees_its_lanes, released_lanes_are_free;
            lane_writes: a_write_is_written_whole, a_lost_write_writes_nothing, an_empty_write_only_asks,
                an_overdue_owner_still_writes, a_zombie_writes_nothing, attempts_of_a_lane_are_written,
                a_closed_letter_stays_closed, keys_are_parked_and_released, absurd_positions_are_refused,
                one_of_racing_writes_wins, a_dropped_write_is_whole_or_absent;
            requests: a_run_takes_its_letters_at_its_start, a_request_has_one_owner, a_run_begins_its_letters_in_turn,
                a_stopped_run_goes_no_further, an_accepted_edit_is_kept, racing_runs_share_the_letters,
                a_rebuilt_handler_replays;
            delivery: a_closed_store_keeps_nothing_for_handlers;
            $($more)+
        }
    };
    (@core $name:ident, $open:expr; $($more:tt)+) => {
        $crate::contract_suite! {
            @tests $name, $open;
            appending: every_expectation_against_every_state, several_streams_are_all_or_nothing,
                an_expectation_without_events_is_checked, an_empty_commit_writes_nothing,
                versions_have_no_holes_and_positions_grow, one_winner_among_racing_appends, many_tasks_at_once,
                recorded_times_never_go_back, a_dropped_append_is_whole_or_absent;
            duplicates: the_same_commit_answers_as_before, events_of_several_commits_are_known_together,
                a_partial_overlap_is_refused, an_id_is_never_used_twice, other_metadata_is_no_other_content,
                an_id_twice_in_a_commit_is_refused, racing_duplicates_are_written_once,
                duplicates_in_a_crowd_are_written_once;
            limits: names_and_ids_are_checked, sizes_are_checked, traces_and_header_names_are_checked,
                one_bad_event_refuses_the_commit, extreme_times_are_exact_or_refused;
            reading: a_stream_is_read_in_parts, a_stream_s_data_is_that_of_its_events,
                pages_of_large_events_make_up_a_stream, a_missing_stream_is_empty, a_long_stream_is_read_whole,
                everything_about_an_event_comes_back, any_text_survives, similar_streams_are_kept_apart;
            log: pages_make_up_the_log, a_page_begins_where_it_is_told, a_tail_misses_nothing_while_others_write,
                nothing_comes_before_the_end_of_the_log, filters_agree_with_the_reference,
                statistics_equal_a_recount;
            snapshots: a_snapshot_comes_back_as_it_was, an_older_snapshot_does_not_replace_a_newer_one,
                an_absurd_version_is_refused;
            letters: a_letter_comes_back_as_it_was, a_letter_waits_or_is_dead, one_letter_per_handler_and_event,
                a_due_letter_is_claimed_by_one, racing_claims_share_the_letters, an_attempt_is_finished;
            operations: a_redriven_letter_is_due, a_letter_is_discarded_and_restored, a_held_letter_is_released, changes_are_audited,
                letter_queries_agree_with_the_reference, an_empty_list_picks_no_letter,
                letter_statistics_equal_a_recount, only_closed_letters_are_purged, a_purge_is_audited;
            closing: everything_after_close_is_refused;
            $($more)+
        }
    };
    (@tests $name:ident, $open:expr; $($part:ident: $($case:ident),+;)+) => {
        #[cfg(test)]
        async fn $name() -> impl $crate::testing::contract::Subject {
            let open = $open;
            open().await
        }

        #[cfg(test)]
        mod $name {
            $($(
                #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() -> $crate::testing::contract::Case {
                    let subject = super::$name().await;
                    match $crate::testing::contract::Subject::store(&subject) {
                        ::core::option::Option::Some(store) => $crate::testing::contract::$part::$case(store).await,
                        ::core::option::Option::None => ::core::result::Result::Ok(()),
                    }
                }
            )+)+
        }
    };
}
