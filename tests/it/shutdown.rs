//! The end of a dispatcher: nothing new begins, and what is under way is waited for.

use std::sync::Arc;
use std::time::Duration;

use events::dispatcher::ShutdownReport;
use events::prelude::*;
use events::store::{LetterQuery, LetterStatus};
use events::testing::ManualClock;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::support::{Fragile, Journal, chain, eventually};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "shutdown.begun", no_stream)]
struct Begun;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "shutdown.followed", no_stream)]
struct Followed;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "shutdown.counted", aggregate = "shutdown.counter")]
struct Counted {
    #[event(id)]
    counter: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counter;

#[aggregate(name = "shutdown.counter")]
impl Counter {
    #[when]
    fn counted(&mut self, _: &Counted) {}
}

struct Scene {
    app: EventDispatcher,
    fragile: Fragile,
    clock: ManualClock,
    gate: Arc<Semaphore>,
    journal: Journal,
}

/// A started dispatcher; the handler of `Begun` waits at the gate and then publishes `Followed`.
async fn scene() -> Scene {
    let (fragile, clock) = (Fragile::new(), ManualClock::default());
    let (gate, journal) = (Arc::new(Semaphore::new(0)), Journal::default());
    let app = EventDispatcher::builder()
        .store(fragile.store())
        .clock(Arc::new(clock.clone()))
        .handlers(HandlerRegistry::only(handlers![sh_begun, sh_followed]))
        .state(Arc::clone(&gate))
        .state(journal.clone())
        .timeout(Duration::from_secs(3_600))
        .start()
        .await
        .unwrap();
    Scene { app, fragile, clock, gate, journal }
}

#[event_handler]
async fn sh_begun(
    _: &Begun,
    app: &EventDispatcher,
    State(gate): State<&Arc<Semaphore>>,
    State(journal): State<&Journal>,
) -> anyhow::Result<()> {
    journal.note("waits");
    gate.acquire().await?.forget();
    app.publish(Followed).await?;
    app.emit(Followed)?;
    Ok(())
}

#[event_handler]
fn sh_followed(_: &Followed, State(journal): State<&Journal>) {
    journal.note("followed");
}

/// Asks with a commit that does nothing.
async fn is_closing(app: &EventDispatcher) -> bool {
    app.publish_batch(Vec::<Followed>::new()).await.is_err()
}

impl Scene {
    /// Begins a publish whose handler waits at the gate.
    async fn begin(&self) -> tokio::task::JoinHandle<usize> {
        let app = self.app.clone();
        let publishing = tokio::spawn(async move { app.publish(Begun).await.unwrap().failures().len() });
        let waiting = self.journal.count("waits") + 1;
        eventually("the handler waits", || async { self.journal.count("waits") >= waiting }).await;
        publishing
    }

    async fn events(&self) -> u64 {
        self.app.store().stats().await.unwrap().events
    }
}

#[tokio::test]
async fn what_is_under_way_ends_with_all_that_follows_from_it() {
    let scene = scene().await;
    let publishing = scene.begin().await;
    let app = scene.app.clone();
    let stopping = tokio::spawn(async move { app.shutdown().await.unwrap() });
    eventually("nothing new begins", || async { is_closing(&scene.app).await }).await;
    assert!(!stopping.is_finished());
    scene.gate.add_permits(1);
    assert_eq!(publishing.await.unwrap(), 0, "the handler may publish and emit");
    assert_eq!(stopping.await.unwrap(), ShutdownReport::default());
    assert_eq!((scene.journal.count("followed"), scene.events().await), (2, 3));
}

#[tokio::test]
async fn nothing_new_begins_after_it() {
    let scene = scene().await;
    scene.app.shutdown().await.unwrap();
    let errors = [
        scene.app.publish(Followed).await.unwrap_err(),
        scene.app.publish_batch((Followed, Begun)).await.unwrap_err(),
        scene.app.with(Context::actor("ada")).publish(Followed).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_unavailable() && chain(&error).contains("shutting down"), "{}", chain(&error));
    }
    let handle = scene.app.aggregate::<Counter>(1);
    let error =
        handle.execute(|counter| Ok::<_, std::fmt::Error>(Counted { counter: *counter.id() })).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Failed(error) if error.is_unavailable()));
    assert_eq!((scene.events().await, scene.journal.lines().len()), (0, 0));
    assert!(handle.try_load().await.unwrap().is_none(), "reading goes on");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_kept_and_what_is_left_is_reported_and_goes_on() {
    let scene = scene().await;
    let (one, two) = (scene.begin().await, scene.begin().await);
    let started = tokio::time::Instant::now();
    let report = scene.app.shutdown_within(Duration::from_secs(7)).await.unwrap();
    assert_eq!((report.under_way, report.retry_given_up, started.elapsed().as_secs()), (2, false, 7));
    scene.gate.add_permits(2);
    assert_eq!((one.await.unwrap(), two.await.unwrap()), (0, 0));
    assert_eq!(scene.journal.count("followed"), 4);
    assert_eq!(scene.app.shutdown().await.unwrap(), ShutdownReport::default());
}

/// Guards: a task with a cause could commit for ever.
#[tokio::test]
async fn a_task_that_outlives_its_handler_can_not_commit_after_it() {
    let scene = scene().await;
    let (gate, app) = (Arc::clone(&scene.gate), scene.app.clone());
    let (sender, results) = tokio::sync::oneshot::channel();
    let sender = std::sync::Mutex::new(Some(sender));
    scene.app.subscribe(move |_: &Followed| {
        let (gate, app, sender) = (Arc::clone(&gate), app.clone(), sender.lock().unwrap().take());
        let late = async move {
            drop(gate.acquire().await);
            let result = app.publish(Begun).await.map(drop);
            sender.into_iter().for_each(|sender| sender.send(result.is_err()).unwrap());
        };
        tokio::spawn(late.in_current_cause());
    });
    scene.app.publish(Followed).await.unwrap();
    assert_eq!(scene.app.shutdown().await.unwrap().under_way, 0);
    scene.gate.add_permits(1);
    assert!(results.await.unwrap(), "refused");
    assert_eq!(scene.events().await, 1);
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_waited_for() {
    let scene = scene().await;
    let publishing = scene.begin().await;
    publishing.abort();
    assert!(publishing.await.unwrap_err().is_cancelled());
    let app = scene.app.clone();
    let stopping = tokio::spawn(async move { app.shutdown().await.unwrap() });
    eventually("nothing new begins", || async { is_closing(&scene.app).await }).await;
    assert!(!stopping.is_finished());
    scene.gate.add_permits(1);
    assert_eq!(stopping.await.unwrap().under_way, 0);
    assert_eq!(scene.journal.count("followed"), 2);
}

#[tokio::test]
async fn letters_stay_for_the_next_start() {
    let scene = scene().await;
    scene.app.subscribe(|_: &Followed| Err::<(), _>("busy"));
    scene.app.subscribe(|_: &Followed| Outcome::Dead { reason: "no".to_owned() });
    scene.app.publish_batch(vec![Followed, Followed, Followed]).await.unwrap();
    let report = scene.app.shutdown().await.unwrap();
    assert_eq!((report.letters_retrying, report.under_way, report.retry_given_up), (3, 0, false));
    scene.clock.advance(Duration::from_secs(3_600));
    let letters = scene.app.dead_letters().list(LetterQuery::new().status(LetterStatus::Retrying)).await.unwrap();
    assert!(letters.iter().all(|letter| letter.attempts == 1));
}

#[event_handler]
async fn sh_retried(
    _: &Begun,
    app: &EventDispatcher,
    State(gate): State<&Arc<Semaphore>>,
    State(journal): State<&Journal>,
    attempt: Attempt,
) -> anyhow::Result<()> {
    anyhow::ensure!(!attempt.is_first(), "not at the first time");
    journal.note("retrying");
    gate.acquire().await?.forget();
    app.publish(Followed).await?;
    app.emit(Followed)?;
    Ok(())
}

#[tokio::test]
async fn a_retry_under_way_ends_with_all_that_follows_from_it() {
    let scene = scene().await;
    scene.app.shutdown().await.unwrap();
    let app = EventDispatcher::builder()
        .store(scene.fragile.store())
        .clock(Arc::new(scene.clock.clone()))
        .handlers(HandlerRegistry::only(handlers![sh_retried, sh_followed]))
        .state(Arc::clone(&scene.gate))
        .state(scene.journal.clone())
        .timeout(Duration::from_secs(3_600))
        .start()
        .await
        .unwrap();
    let receipt = app.publish(Begun).await.unwrap();
    scene.clock.advance(Duration::from_secs(60));
    eventually("the retry is under way", || async { scene.journal.count("retrying") == 1 }).await;
    let stopping = tokio::spawn({
        let app = app.clone();
        async move { app.shutdown().await.unwrap() }
    });
    eventually("nothing new begins", || async { is_closing(&app).await }).await;
    assert!(!stopping.is_finished());
    scene.gate.add_permits(1);
    assert_eq!(stopping.await.unwrap(), ShutdownReport::default());
    assert_eq!((app.settled(&receipt).await.unwrap().resolved, scene.journal.count("followed")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_does_not_end_is_given_up_and_uses_up_no_attempt() {
    let scene = scene().await;
    let app = EventDispatcher::builder()
        .store(scene.fragile.store())
        .clock(Arc::new(scene.clock.clone()))
        .handlers(HandlerRegistry::only(handlers![sh_retried]))
        .state(Arc::clone(&scene.gate))
        .state(scene.journal.clone())
        .timeout(Duration::from_secs(3_600))
        .start()
        .await
        .unwrap();
    app.publish(Begun).await.unwrap();
    scene.clock.advance(Duration::from_secs(60));
    eventually("the retry is under way", || async { scene.journal.count("retrying") == 1 }).await;
    let report = app.shutdown_within(Duration::from_secs(1)).await.unwrap();
    assert_eq!((report.retry_given_up, report.letters_retrying), (true, 1));
    let letters = app.dead_letters().list(LetterQuery::new()).await.unwrap();
    assert_eq!((letters[0].attempts, letters[0].status), (1, LetterStatus::Retrying));
    assert_eq!(scene.journal.count("followed"), 0);
}

#[tokio::test]
async fn it_happens_though_the_store_can_not_be_asked() {
    let scene = scene().await;
    scene.app.store().close().await.unwrap();
    assert!(scene.app.shutdown().await.unwrap_err().is_unavailable());
    let error = scene.app.publish(Followed).await.unwrap_err();
    assert!(chain(&error).contains("shutting down"), "{}", chain(&error));
}

#[tokio::test]
async fn one_dispatcher_s_end_is_not_another_s() {
    let (one, two) = (scene().await, scene().await);
    one.app.shutdown().await.unwrap();
    assert_eq!(two.app.publish(Followed).await.unwrap().delivery().handled(), 1);
    two.app.shutdown().await.unwrap();
}
