//! Event sourcing: commands, conflicts, histories.

mod boxed;
mod conflicts;
mod gaps;
mod kit;
mod lossy;
mod pairs;
mod snapshots;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use events::clock::Clock;
use events::commit::CommitStatus;
use events::event::DecodeReason;
use events::prelude::*;
use events::store::{Append, NewEvent};
use events::testing::ManualClock;
use events::{DecodeError, Error};
use serde::{Deserialize, Serialize};

use crate::support::{Fragile, Journal};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.opened", aggregate = "sourcing.purse")]
struct Opened {
    #[event(id)]
    purse: String,
    owner: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.paid_in", aggregate = "sourcing.purse")]
struct PaidIn {
    #[event(id)]
    purse: String,
    pence: i64,
}

/// In the purse's streams, but no purse knows it.
#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.stolen", aggregate = "sourcing.purse")]
struct Stolen {
    #[event(id)]
    purse: String,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Purse {
    owner: Option<String>,
    pence: i64,
    payments: u32,
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum PurseError {
    #[error("the purse is there already")]
    Exists,
    #[error("there are only {0} pence in it")]
    TooLittle(i64),
}

#[aggregate(name = "sourcing.purse", snapshot_every = 3)]
impl Purse {
    fn open(purse: &AggregateRoot<Purse>, owner: &str) -> Result<Opened, PurseError> {
        if purse.exists() {
            return Err(PurseError::Exists);
        }
        Ok(Opened { purse: purse.id().clone(), owner: owner.to_owned() })
    }

    fn pay(purse: &AggregateRoot<Purse>, pence: i64) -> Result<PaidIn, PurseError> {
        if purse.pence + pence < 0 {
            return Err(PurseError::TooLittle(purse.pence));
        }
        Ok(PaidIn { purse: purse.id().clone(), pence })
    }

    #[when]
    fn opened(&mut self, event: &Opened) {
        self.owner = Some(event.owner.clone());
    }

    #[when]
    fn paid_in(&mut self, event: &PaidIn) {
        self.pence += event.pence;
        self.payments += 1;
    }
}

fn purse() -> String {
    "red".to_owned()
}

fn paid(pence: i64) -> PaidIn {
    PaidIn { purse: purse(), pence }
}

fn sourcing() -> EventSourcing {
    EventSourcing::new(EventStore::memory())
}

async fn pay(sourcing: &EventSourcing, pence: i64) -> Receipt {
    sourcing.execute::<Purse, _, _>(purse(), |purse| Purse::pay(purse, pence)).await.unwrap()
}

async fn version(sourcing: &EventSourcing) -> u64 {
    sourcing.load::<Purse>(purse()).await.unwrap().version().value()
}

#[tokio::test]
async fn a_command_looks_at_the_state_and_answers_with_events() {
    let sourcing = sourcing();
    let handle = sourcing.aggregate::<Purse>(purse());
    assert!(handle.try_load().await.unwrap().is_none());
    let before = handle.load().await.unwrap();
    assert_eq!((before.exists(), before.version().value(), before.state()), (false, 0, &Purse::default()));
    let receipt = handle.execute(|purse| Purse::open(purse, "ada")).await.unwrap();
    assert_eq!(receipt.events()[0].stream.to_string(), "sourcing.purse/red");
    handle.execute(|purse| Purse::pay(purse, 5)).await.unwrap();
    let after = handle.load().await.unwrap();
    assert_eq!((after.exists(), after.version().value(), after.id().as_str()), (true, 2, "red"));
    assert_eq!((after.owner.as_deref(), after.pence), (Some("ada"), 5));
    assert_eq!(after.last_change().unwrap().name(), &"sourcing.paid_in");
    assert!(!format!("{after:?} {handle:?}").contains("ada"), "no state");
}

#[tokio::test]
async fn a_rejected_command_records_nothing() {
    let sourcing = sourcing();
    let handle = sourcing.aggregate::<Purse>(purse());
    let error = handle.execute(|purse| Purse::pay(purse, -1)).await.unwrap_err();
    assert_eq!(
        (error.rejection(), error.to_string().as_str()),
        (Some(&PurseError::TooLittle(0)), "there are only 0 pence in it")
    );
    assert_eq!(version(&sourcing).await, 0);
}

#[tokio::test]
async fn a_command_may_answer_with_any_number_of_events() {
    let sourcing = sourcing();
    let handle = sourcing.aggregate::<Purse>(purse());
    let nothing = handle.execute(|_| Ok::<_, PurseError>(())).await.unwrap();
    let none = handle.execute(|_| Ok::<_, PurseError>(None::<PaidIn>)).await.unwrap();
    assert_eq!((nothing.status(), none.status()), (CommitStatus::Empty, CommitStatus::Empty));
    let opened = Opened { purse: purse(), owner: "ada".to_owned() };
    let several = || (opened.clone(), vec![paid(1), paid(2)], Some(paid(3)), PurseEvent::from(paid(4)));
    let receipt = handle.execute(|_| Ok::<_, PurseError>(several())).await.unwrap();
    let versions: Vec<_> = receipt.events().iter().map(|event| event.recording.version.value()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert_eq!(handle.load().await.unwrap().pence, 10);
}

#[tokio::test]
async fn a_command_of_several_steps_sees_the_state_after_each() {
    let sourcing = sourcing();
    let handle = sourcing.aggregate::<Purse>(purse());
    let receipt = handle
        .transact(|purse| {
            assert!(!purse.exists());
            purse.apply(Purse::open(purse, "ada")?);
            assert!(purse.exists());
            for pence in [7, -4, -3] {
                purse.apply(Purse::pay(purse, pence)?);
            }
            assert_eq!((purse.pence, purse.uncommitted().len(), purse.version().value()), (0, 4, 0));
            Ok::<_, PurseError>(())
        })
        .await
        .unwrap();
    assert_eq!(receipt.events().len(), 4);
    let error = handle
        .transact(|purse| {
            purse.apply(Purse::pay(purse, 5)?);
            purse.apply(Purse::pay(purse, -6)?);
            Ok(())
        })
        .await
        .unwrap_err();
    assert_eq!(error.rejection(), Some(&PurseError::TooLittle(5)));
    assert_eq!(version(&sourcing).await, 4, "all or nothing");
}

#[tokio::test]
async fn an_aggregate_in_hand_can_be_saved_again_and_again() {
    let sourcing = sourcing();
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    assert_eq!(sourcing.save(&mut root).await.unwrap().status(), CommitStatus::Empty);
    for round in 1..=4 {
        root.apply((paid(1), paid(1)));
        let receipt = sourcing.save(&mut root).await.unwrap();
        assert_eq!((receipt.events().len(), root.version().value()), (2, round * 2));
        assert!(root.uncommitted().is_empty());
    }
    let loaded = sourcing.load::<Purse>(purse()).await.unwrap();
    assert_eq!((loaded.state(), loaded.version()), (root.state(), root.version()));
}

#[tokio::test]
async fn a_store_alone_calls_nobody_and_a_dispatcher_calls_its_handlers() {
    let journal = Journal::default();
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    let noted = journal.clone();
    app.subscribe(move |event: &PaidIn, metadata: &EventMetadata| {
        noted.note(format!("{} by {:?}", event.pence, metadata.actor()));
    });
    EventSourcing::new(app.store().clone()).aggregate::<Purse>(purse()).execute(|p| Purse::pay(p, 1)).await.unwrap();
    let receipt =
        app.with(Context::actor("ada")).aggregate::<Purse>(purse()).execute(|p| Purse::pay(p, 2)).await.unwrap();
    assert_eq!((receipt.delivery().handled(), journal.lines()), (1, vec!["2 by Some(\"ada\")".to_owned()]));
    let mut root = app.sourcing().load::<Purse>(purse()).await.unwrap();
    root.apply(paid(3));
    app.sourcing().save(&mut root).await.unwrap();
    assert_eq!(journal.lines().len(), 2);
}

#[tokio::test]
async fn a_handler_may_give_commands() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    let inner = app.clone();
    app.subscribe(move |event: Arc<PaidIn>| {
        let handle = inner.aggregate::<Purse>("blue".to_owned());
        async move {
            if event.purse == "red" {
                handle.execute(|purse| Purse::pay(purse, event.pence)).await.map(drop)
            } else {
                Ok(())
            }
        }
    });
    let receipt = app.publish(paid(9)).await.unwrap();
    assert!(receipt.failures().is_empty());
    let [change] = &app.aggregate::<Purse>("blue".to_owned()).history().await.unwrap()[..] else {
        panic!("one change")
    };
    assert_eq!(change.metadata.causation_id(), Some(receipt.events()[0].event_id));
}

#[tokio::test]
async fn a_history_has_every_change_in_its_order() {
    let sourcing = sourcing().with(Context::actor("ada"));
    for pence in 1..=5 {
        pay(&sourcing, pence).await;
    }
    let history = sourcing.history::<Purse>(purse()).await.unwrap();
    let pence: Vec<_> = history
        .iter()
        .map(|change| match &change.event {
            PurseEvent::PaidIn(event) => event.pence,
            PurseEvent::Opened(_) => panic!("never opened"),
        })
        .collect();
    assert_eq!(pence, [1, 2, 3, 4, 5]);
    assert!(history.iter().all(|change| change.metadata.actor() == Some(&"ada".into())));
    assert!(sourcing.history::<Purse>("blue".to_owned()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_aggregate_can_be_loaded_as_it_was() {
    let clock = ManualClock::default();
    let start = clock.now();
    let sourcing = EventSourcing::new(EventStore::memory().with_clock(Arc::new(clock.clone())));
    for _ in 1..=7 {
        clock.advance(std::time::Duration::from_secs(10));
        pay(&sourcing, 1).await;
    }
    let handle = sourcing.aggregate::<Purse>(purse());
    for (version, pence) in [(0, 0_i64), (1, 1), (4, 4), (7, 7), (99, 7)] {
        let root = handle.load_at(Version::new(version)).await.unwrap();
        assert_eq!((root.pence, root.version().value()), (pence, pence.unsigned_abs()), "version {version}");
    }
    let at =
        |seconds, micros| -> DateTime<Utc> { start + TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros) };
    for (time, pence) in
        [(at(0, 0), 0), (at(10, -1), 0), (at(10, 0), 1), (at(45, 0), 4), (at(70, 0), 7), (at(999, 0), 7)]
    {
        assert_eq!(handle.load_at(time).await.unwrap().pence, pence, "{time}");
    }
}

fn decode_error(error: &Error) -> &DecodeError {
    std::error::Error::source(error).and_then(|source| source.downcast_ref()).unwrap()
}

#[tokio::test]
async fn an_event_that_the_aggregate_does_not_know_is_an_error_that_names_it() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    app.publish_batch((paid(1), Stolen { purse: purse() }, paid(2))).await.unwrap();
    let handle = app.aggregate::<Purse>(purse());
    for error in [handle.load().await.unwrap_err(), handle.history().await.unwrap_err()] {
        assert!(error.is_decode());
        let decode = decode_error(&error);
        assert_eq!(decode.reason(), DecodeReason::NoWhen { aggregate: "sourcing.purse" });
        assert_eq!((decode.event().as_str(), decode.position().unwrap().value()), ("sourcing.stolen", 2));
    }
    let error = handle.execute(|purse| Purse::pay(purse, 1)).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Failed(error) if error.is_decode()));
    assert_eq!(handle.load_at(Version::new(1)).await.unwrap().pence, 1, "what is before it can be loaded");
}

#[tokio::test]
async fn an_event_whose_data_does_not_fit_is_an_error_and_no_default() {
    let store = EventStore::memory();
    let metadata = EventMetadata::new(&paid(1), &Context::new());
    let damaged = NewEvent::new(&Stolen { purse: purse() }, metadata).unwrap();
    store.append(Append::new().event(damaged)).await.unwrap();
    let error = EventSourcing::new(store).load::<Purse>(purse()).await.unwrap_err();
    assert!(matches!(decode_error(&error).reason(), DecodeReason::Malformed { .. }));
    assert!(!error.to_string().contains("red"), "{error}");
}

#[tokio::test]
async fn a_long_stream_is_folded_whole() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    for _ in 0..3 {
        app.publish_batch(vec![paid(1); 1_000]).await.unwrap();
    }
    app.publish(paid(1)).await.unwrap();
    let handle = app.aggregate::<Purse>(purse());
    let root = handle.load().await.unwrap();
    assert_eq!((root.pence, root.version().value()), (3_001, 3_001));
    assert_eq!(handle.load_at(Version::new(2_000)).await.unwrap().pence, 2_000);
    assert_eq!(handle.history().await.unwrap().len(), 3_001);
}

#[tokio::test]
async fn a_command_that_is_dropped_while_it_records_goes_on() {
    let fragile = Fragile::new();
    let app = EventDispatcher::builder().store(fragile.store()).handlers(HandlerRegistry::none()).build().unwrap();
    fragile.hold_appends();
    let commanding = tokio::spawn({
        let handle = app.aggregate::<Purse>(purse());
        async move { handle.execute(|purse| Purse::pay(purse, 1)).await.map(drop) }
    });
    tokio::task::yield_now().await;
    commanding.abort();
    assert!(commanding.await.unwrap_err().is_cancelled());
    fragile.let_appends_through();
    let sourcing = app.sourcing();
    crate::support::eventually("it is recorded", || async { version(&sourcing).await == 1 }).await;
}
