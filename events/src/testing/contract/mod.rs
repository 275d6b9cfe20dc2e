//! What every store must do, as tests that run on any store.
//!
//! [`contract_suite!`](crate::contract_suite) expands to a module with one test per case. Each test
//! gets an empty store of its own. A backend that passes keeps the promises that the rest of the
//! framework builds on: atomic appends, versions without holes, idempotence by event id, a log that
//! is read in order and without gaps, letters that are leased to one owner at a time.
//!
//! ```
//! # #![allow(unused)]
//! use events::EventStore;
//! use events::store::MemoryBackend;
//!
//! events::contract_suite!(memory, async || EventStore::new(MemoryBackend::new()));
//! # fn main() {}
//! ```
//!
//! The tests are `#[tokio::test]`s on several threads: the package needs `tokio` with the features
//! `macros` and `rt-multi-thread` among its `[dev-dependencies]`.

pub mod appending;
pub mod closing;
pub mod duplicates;
pub mod letters;
pub mod limits;
pub mod log;
pub mod operations;
pub mod reading;
pub mod snapshots;
mod support;

pub use support::Case;

use crate::store::EventStore;

/// What a store under test comes as: the store, or a pair of it and something that must live as
/// long, such as a folder that is removed in the end.
pub trait Subject: Send {
    /// The store.
    fn store(&self) -> EventStore;
}

impl Subject for EventStore {
    fn store(&self) -> EventStore {
        self.clone()
    }
}

impl<T: Send> Subject for (EventStore, T) {
    fn store(&self) -> EventStore {
        self.0.clone()
    }
}

/// Expands to the tests of the store contract: `contract_suite!(name, open)`.
///
/// `name` is the name of the module; `open` is an async closure that answers with an empty store, or
/// with a pair of a store and a guard. See [`testing::contract`](crate::testing::contract).
///
/// ```
/// use events::EventStore;
///
/// events::contract_suite!(memory, async || (EventStore::memory(), "what must live as long"));
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! contract_suite {
    ($name:ident, $open:expr) => {
        $crate::contract_suite! {
            @tests $name, $open;
            appending: every_expectation_against_every_state, several_streams_are_all_or_nothing,
                an_expectation_without_events_is_checked, an_empty_commit_writes_nothing,
                versions_have_no_holes_and_positions_grow, one_winner_among_racing_appends, many_tasks_at_once,
                recorded_times_never_go_back, a_dropped_append_is_whole_or_absent;
            duplicates: the_same_commit_answers_as_before, events_of_several_commits_are_known_together,
                a_partial_overlap_is_refused, an_id_is_never_used_twice, other_metadata_is_no_other_content,
                an_id_twice_in_a_commit_is_refused, racing_duplicates_are_written_once;
            limits: names_and_ids_are_checked, sizes_are_checked, traces_and_header_names_are_checked,
                one_bad_event_refuses_the_commit, extreme_times_are_exact_or_refused;
            reading: a_stream_is_read_in_parts, a_missing_stream_is_empty, a_long_stream_is_read_whole,
                everything_about_an_event_comes_back, any_text_survives, similar_streams_are_kept_apart;
            log: pages_make_up_the_log, a_page_begins_where_it_is_told, a_tail_misses_nothing_while_others_write,
                filters_agree_with_the_reference, statistics_equal_a_recount;
            snapshots: a_snapshot_comes_back_as_it_was, an_older_snapshot_does_not_replace_a_newer_one,
                an_absurd_version_is_refused;
            letters: a_letter_comes_back_as_it_was, a_letter_waits_or_is_dead, one_letter_per_handler_and_event,
                a_due_letter_is_claimed_by_one, racing_claims_share_the_letters, an_attempt_is_finished;
            operations: a_redriven_letter_is_due, a_letter_is_discarded_and_restored, changes_are_audited,
                letter_queries_agree_with_the_reference, an_empty_list_picks_no_letter,
                letter_statistics_equal_a_recount, only_closed_letters_are_purged;
            closing: everything_after_close_is_refused;
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
                    let store = $crate::testing::contract::Subject::store(&subject);
                    $crate::testing::contract::$part::$case(store).await
                }
            )+)+
        }
    };
}
