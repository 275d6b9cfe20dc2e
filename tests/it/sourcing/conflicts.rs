//! Other writers, and events of other aggregates.

use std::pin::pin;
use std::task::{Context as TaskContext, Waker};

use events::prelude::*;
use events::store::{Append, NewEvent};

use super::{PaidIn, Purse, PurseError, paid, pay, purse, sourcing, version};
use crate::support::Fragile;

/// Another writer is faster, from within a command; a store in memory doesn't wait.
pub(super) fn interfere(store: &EventStore) {
    let event = paid(100);
    let metadata = EventMetadata::new(&event, &Context::new());
    let append = Append::new().event(NewEvent::new(&event, metadata).unwrap());
    let appending = pin!(store.append(append));
    assert!(appending.poll(&mut TaskContext::from_waker(Waker::noop())).is_ready());
}

#[tokio::test]
async fn a_command_decides_again_when_another_writer_was_faster() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    let mut seen = Vec::new();
    let receipt = sourcing
        .execute::<Purse, _, _>(purse(), |root| {
            seen.push((root.pence, root.version().value()));
            if seen.len() < 3 {
                interfere(&store);
            }
            Purse::pay(root, 1)
        })
        .await
        .unwrap();
    assert_eq!(seen, [(0, 0), (100, 1), (200, 2)]);
    assert_eq!(receipt.events()[0].recording.version.value(), 3);
    let mut calls = 0;
    sourcing
        .transact::<Purse, PurseError>(purse(), |root| {
            calls += 1;
            if calls == 1 {
                interfere(&store);
            }
            assert!(root.uncommitted().is_empty(), "what the last try has applied is gone");
            root.apply(Purse::pay(root, 1)?);
            Ok(())
        })
        .await
        .unwrap();
    let root = sourcing.load::<Purse>(purse()).await.unwrap();
    assert_eq!((calls, root.pence, root.version().value()), (2, 302, 5));
}

#[tokio::test]
async fn a_command_gives_up_when_other_writers_are_faster_each_time() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    let mut calls = 0;
    let error = sourcing
        .execute::<Purse, _, _>(purse(), |root| {
            calls += 1;
            interfere(&store);
            Purse::pay(root, 1)
        })
        .await
        .unwrap_err();
    assert!(matches!(error, ExecuteError::Conflict { attempts } if attempts == calls), "{error} after {calls}");
    assert_eq!(version(&sourcing).await, u64::from(calls), "nothing of its own");
}

#[tokio::test]
async fn a_save_does_not_decide_again() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    root.apply(paid(1));
    interfere(&store);
    let error = sourcing.save(&mut root).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Conflict { attempts: 1 }));
    assert_eq!((root.uncommitted().len(), root.version().value(), version(&sourcing).await), (0, 0, 1));
    assert_spent(&sourcing, &mut root).await;
}

async fn assert_spent(sourcing: &EventSourcing, root: &mut AggregateRoot<Purse>) {
    let before = version(sourcing).await;
    for events in [None, Some(paid(1))] {
        root.apply(events);
        let error = sourcing.save(root).await.unwrap_err();
        assert!(matches!(error, ExecuteError::Failed(error) if error.is_invalid()), "it must be loaded again");
    }
    assert_eq!(version(sourcing).await, before);
}

/// Guards: a save after one that had failed answered that there was nothing to record.
#[tokio::test]
async fn a_root_whose_save_has_failed_can_not_be_saved() {
    let fragile = Fragile::new();
    let sourcing = EventSourcing::new(fragile.store());
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    root.apply(paid(1));
    fragile.fail_appends(true);
    let error = sourcing.save(&mut root).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Failed(error) if error.is_unavailable()));
    fragile.fail_appends(false);
    assert_spent(&sourcing, &mut root).await;
    let mut again = sourcing.load::<Purse>(purse()).await.unwrap();
    again.apply(paid(1));
    sourcing.save(&mut again).await.unwrap();
    assert_eq!(version(&sourcing).await, 1);
}

#[tokio::test]
async fn a_root_whose_save_was_dropped_can_not_be_saved() {
    let fragile = Fragile::new();
    let sourcing = EventSourcing::new(fragile.store());
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    root.apply(paid(1));
    fragile.hold_appends();
    let is_ready = pin!(sourcing.save(&mut root)).poll(&mut TaskContext::from_waker(Waker::noop())).is_ready();
    assert!(!is_ready);
    fragile.let_appends_through();
    assert_spent(&sourcing, &mut root).await;
}

/// What the root has folded is in the stream already, and would be in its state twice.
#[tokio::test]
async fn a_root_whose_save_was_a_duplicate_can_not_be_saved() {
    let sourcing = sourcing();
    let once = sourcing.clone().with(Context::new().with_event_id(EventId::now()));
    pay(&once, 10).await;
    let mut root = once.load::<Purse>(purse()).await.unwrap();
    root.apply(paid(10));
    assert!(once.save(&mut root).await.unwrap().is_duplicate());
    assert_spent(&sourcing, &mut root).await;
}

/// Guards: with 16 tries the seventeenth of a crowd was turned away.
#[tokio::test]
async fn all_increments_of_tasks_in_lock_step_arrive() {
    // Every task loads before the first one records, so that one wins in each round.
    let sourcing = EventSourcing::new(Fragile::new().yielding().store());
    let tasks: Vec<_> = (0..60)
        .map(|_| {
            let sourcing = sourcing.clone();
            tokio::spawn(async move { pay(&sourcing, 1).await.events()[0].recording.version.value() })
        })
        .collect();
    let mut versions = Vec::new();
    for task in tasks {
        versions.push(task.await.unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=60).collect::<Vec<_>>());
    assert_eq!(sourcing.load::<Purse>(purse()).await.unwrap().pence, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_increments_of_threads_arrive() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    let recorder = events::testing::Recorder::<PaidIn>::new();
    app.subscribe(recorder.clone());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let sourcing = app.sourcing();
            tokio::spawn(async move {
                for _ in 0..50 {
                    pay(&sourcing, 1).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let root = app.aggregate::<Purse>(purse()).load().await.unwrap();
    assert_eq!((root.pence, root.version().value(), recorder.calls()), (400, 400, 400));
}

#[tokio::test]
async fn an_event_of_another_aggregate_is_refused_and_nothing_is_written() {
    let sourcing = sourcing();
    let elsewhere = || PaidIn { purse: "blue".to_owned(), pence: 1 };
    let refused = |error: ExecuteError<std::convert::Infallible>| match error {
        ExecuteError::WrongAggregate { event, expected, actual } => {
            assert_eq!(event.as_str(), "sourcing.paid_in");
            assert_eq!(
                (expected.to_string(), actual.to_string()),
                ("sourcing.purse/red".into(), "sourcing.purse/blue".into())
            );
        }
        other => panic!("{other}"),
    };
    refused(sourcing.execute::<Purse, _, _>(purse(), |_| Ok((paid(1), elsewhere()))).await.unwrap_err());
    let transacted = sourcing.transact::<Purse, _>(purse(), |root| {
        root.apply((paid(1), elsewhere()));
        Ok(())
    });
    refused(transacted.await.unwrap_err());
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    root.apply(elsewhere());
    refused(sourcing.save(&mut root).await.unwrap_err());
    assert_eq!(sourcing.load::<Purse>("blue".to_owned()).await.unwrap().version().value(), 0);
    assert_eq!(version(&sourcing).await, 0);
}

#[tokio::test]
async fn a_failing_store_is_neither_a_rejection_nor_a_conflict() {
    let fragile = Fragile::new();
    let sourcing = EventSourcing::new(fragile.store());
    fragile.fail_appends(true);
    let mut calls = 0;
    let result = sourcing.execute::<Purse, _, _>(purse(), |root| {
        calls += 1;
        Purse::pay(root, 1)
    });
    assert!(matches!(result.await.unwrap_err(), ExecuteError::Failed(error) if error.is_unavailable()));
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn a_command_under_one_id_is_recorded_once() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    let handle = app.with(Context::new().with_event_id(EventId::now())).aggregate::<Purse>(purse());
    let first = handle.execute(|root| Purse::pay(root, 1)).await.unwrap();
    let again = handle.execute(|root| Purse::pay(root, 1)).await.unwrap();
    assert_eq!((again.is_duplicate(), again.events()), (true, first.events()));
    assert_eq!(handle.load().await.unwrap().pence, 1);
}
