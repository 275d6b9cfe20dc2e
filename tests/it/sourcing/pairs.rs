//! One command about two aggregates.

use events::commit::CommitStatus;
use events::prelude::*;
use serde::{Deserialize, Serialize};

use super::{PaidIn, Purse, PurseError, paid, purse};
use crate::support::Fragile;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.claimed", aggregate = "sourcing.claim")]
struct Claimed {
    #[event(id)]
    claim: u64,
    by: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Claim {
    by: Option<String>,
}

#[aggregate(name = "sourcing.claim")]
impl Claim {
    fn claim(claim: &AggregateRoot<Claim>, by: &str) -> Result<Claimed, PurseError> {
        if claim.by.is_some() { Err(PurseError::Exists) } else { Ok(Claimed { claim: *claim.id(), by: by.to_owned() }) }
    }

    #[when]
    fn claimed(&mut self, event: &Claimed) {
        self.by = Some(event.by.clone());
    }
}

fn app() -> EventDispatcher {
    EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap()
}

async fn state(app: &EventDispatcher) -> (i64, Option<String>) {
    let purse = app.aggregate::<Purse>(purse()).load().await.unwrap();
    let claim = app.aggregate::<Claim>(7).load().await.unwrap();
    (purse.pence, claim.by.clone())
}

#[tokio::test]
async fn the_events_of_both_are_one_commit() {
    let app = app();
    let pair = app.aggregate::<Purse>(purse()).and::<Claim>(7);
    let receipt = pair
        .execute(|purse, claim| Ok::<_, PurseError>((Purse::pay(purse, 5)?, Claim::claim(claim, "ada")?)))
        .await
        .unwrap();
    let streams: Vec<_> = receipt.events().iter().map(|event| event.stream.to_string()).collect();
    assert_eq!(streams, ["sourcing.purse/red", "sourcing.claim/7"]);
    assert_eq!((state(&app).await, app.stats().commits), ((5, Some("ada".to_owned())), 1));
}

#[tokio::test]
async fn snapshots_of_both_are_taken_when_they_are_due() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    let pair = sourcing.aggregate::<Purse>(purse()).and::<Purse>("blue".to_owned());
    let blue = || PaidIn { purse: "blue".to_owned(), pence: 1 };
    for (red, blue_one, expected) in [(1, 2, (0, 0)), (2, 0, (3, 0)), (0, 1, (3, 3)), (3, 3, (6, 6))] {
        let events = || (vec![paid(1); red], vec![blue(); blue_one]);
        pair.execute(|_, _| Ok::<_, PurseError>(events())).await.unwrap();
        let mut versions = Vec::new();
        for stream in [paid(0).stream(), blue().stream()] {
            let snapshot = store.load_snapshot(&stream.unwrap()).await.unwrap();
            versions.push(snapshot.map_or(0, |snapshot| snapshot.version.value()));
        }
        assert_eq!(versions, [expected.0, expected.1]);
    }
}

#[tokio::test]
async fn when_either_says_no_nothing_is_recorded() {
    let app = app();
    app.aggregate::<Claim>(7).execute(|claim| Claim::claim(claim, "grace")).await.unwrap();
    let pair = app.aggregate::<Purse>(purse()).and::<Claim>(7);
    let result = pair.execute(|purse, claim| Ok::<_, PurseError>((Purse::pay(purse, 5)?, Claim::claim(claim, "ada")?)));
    assert_eq!(result.await.unwrap_err().rejection(), Some(&PurseError::Exists));
    let empty = pair.execute(|_, _| Ok::<_, PurseError>(((), None::<Claimed>))).await.unwrap();
    assert_eq!(empty.status(), CommitStatus::Empty);
    assert_eq!(state(&app).await, (0, Some("grace".to_owned())));
}

/// What the command saw of either must still hold, even if it has no event for it.
#[tokio::test]
async fn a_change_of_either_makes_the_command_decide_again() {
    for change_the_second in [false, true] {
        let app = app();
        let fragile = Fragile::new();
        let app =
            EventDispatcher::builder().store(fragile.store()).handlers(HandlerRegistry::none()).build().unwrap_or(app);
        let faster = EventSourcing::new(fragile.store());
        let mut seen = Vec::new();
        let pair = app.aggregate::<Purse>(purse()).and::<Claim>(7);
        let receipt = pair
            .execute(|purse, claim| {
                seen.push((purse.version().value(), claim.version().value()));
                if seen.len() == 1 {
                    interfere(&faster, change_the_second);
                }
                Ok::<_, PurseError>((paid(1), ()))
            })
            .await
            .unwrap();
        let second = if change_the_second { (0, 1) } else { (1, 0) };
        assert_eq!((seen, receipt.events().len()), (vec![(0, 0), second], 1));
    }
}

fn interfere(sourcing: &EventSourcing, the_second: bool) {
    use std::task::{Context as TaskContext, Waker};
    let mut cx = TaskContext::from_waker(Waker::noop());
    let ready = if the_second {
        std::pin::pin!(sourcing.execute::<Claim, _, _>(7, |claim| Claim::claim(claim, "grace")))
            .poll(&mut cx)
            .is_ready()
    } else {
        std::pin::pin!(sourcing.execute::<Purse, _, _>(purse(), |purse| Purse::pay(purse, 1))).poll(&mut cx).is_ready()
    };
    assert!(ready, "a store in memory doesn't wait");
}

#[tokio::test]
async fn an_event_of_a_third_aggregate_is_refused() {
    let app = app();
    let pair = app.aggregate::<Purse>(purse()).and::<Claim>(7);
    let elsewhere = Claimed { claim: 8, by: "ada".to_owned() };
    let error = pair.execute(|_, _| Ok::<_, PurseError>((paid(1), elsewhere.clone()))).await.unwrap_err();
    assert!(
        matches!(error, ExecuteError::WrongAggregate { expected, .. } if expected.to_string() == "sourcing.claim/7")
    );
    assert_eq!(state(&app).await, (0, None));
}

#[tokio::test]
async fn of_racing_claims_one_wins() {
    let fragile = Fragile::new().yielding();
    let app = EventDispatcher::builder().store(fragile.store()).handlers(HandlerRegistry::none()).build().unwrap();
    let tasks: Vec<_> = (0..10)
        .map(|number: u32| {
            let pair = app.aggregate::<Purse>(format!("purse {number}")).and::<Claim>(7);
            tokio::spawn(async move {
                let by = number.to_string();
                let claim = pair.execute(|purse, claim| {
                    let event = Claim::claim(claim, &by)?;
                    Ok::<_, PurseError>((PaidIn { purse: purse.id().clone(), pence: 1 }, event))
                });
                claim.await.map_err(|error| assert_eq!(error.rejection(), Some(&PurseError::Exists))).is_ok()
            })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    assert_eq!((winners, app.store().stats().await.unwrap().events), (1, 2));
}
