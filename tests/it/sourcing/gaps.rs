//! Streams from which an event is missing.

use events::Error;
use events::prelude::*;
use events::sourcing::AggregateHandle;

use super::{Purse, pay, purse};
use crate::support::Fragile;

/// Five payments, a snapshot of the third, and the event of that version gone.
async fn without(version: u64) -> (Fragile, AggregateHandle<Purse>) {
    let fragile = Fragile::new();
    let sourcing = EventSourcing::new(fragile.store());
    for _ in 0..5 {
        pay(&sourcing, 1).await;
    }
    fragile.hide(Some(Version::new(version)));
    (fragile, sourcing.aggregate(purse()))
}

fn assert_gap(error: &Error, expected: u64, found: u64) {
    assert!(error.is_decode());
    let text =
        format!("stream `sourcing.purse/red` can't be replayed: version {expected} was expected, {found} was found");
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_gap_in_a_replay_is_an_error_and_no_state() {
    let (fragile, purse) = without(2).await;
    assert_gap(&purse.load_at(Version::new(5)).await.unwrap_err(), 2, 3);
    assert_gap(&purse.load_at(chrono::Utc::now()).await.unwrap_err(), 2, 3);
    assert_gap(&purse.history().await.unwrap_err(), 2, 3);
    assert_eq!(purse.load_at(Version::new(1)).await.unwrap().pence, 1, "what is before it can be loaded");
    assert_eq!(purse.load().await.unwrap().pence, 5, "the snapshot has what is missing");
    fragile.store().delete_snapshot(&purse.load().await.unwrap().stream()).await.unwrap();
    assert_gap(&purse.load().await.unwrap_err(), 2, 3);
}

#[tokio::test]
async fn a_stream_that_has_lost_its_beginning_is_not_replayed() {
    let (_fragile, purse) = without(1).await;
    assert_gap(&purse.load_at(Version::new(5)).await.unwrap_err(), 1, 2);
    assert_gap(&purse.history().await.unwrap_err(), 1, 2);
}

#[tokio::test]
async fn a_gap_after_a_snapshot_is_an_error_too() {
    let (_fragile, purse) = without(4).await;
    assert_gap(&purse.load().await.unwrap_err(), 4, 5);
    let error = purse.execute(|root| Purse::pay(root, 1)).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Failed(error) if error.is_decode()));
}
