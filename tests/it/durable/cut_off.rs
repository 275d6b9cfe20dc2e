//! A shutdown whose deadline comes before the end of a durable handler's call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use events::HandlerName;
use events::prelude::*;
use tokio::sync::Semaphore;

use super::{Desk, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![a_call_that_hangs_is_cut_off_and_made_again_at_once, a_retry_that_hangs_uses_up_no_attempt];

/// Far less than a lease.
const DEADLINE: Duration = Duration::from_millis(100);

/// It waits until the semaphore has a permit, or is closed.
#[event_handler(durable(from = "start"), timeout = "1h", retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
async fn linger(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    State(gate): State<&Arc<Semaphore>>,
) -> Result<Outcome, HandlerError> {
    let answer = desk.handle_now(event, attempt);
    drop(gate.acquire().await);
    answer
}

async fn start(office: &Office, gate: &Arc<Semaphore>) -> EventDispatcher {
    office.builder(handlers![linger, copy]).state(Arc::clone(gate)).start().await.unwrap()
}

fn calls(calls: usize) -> BTreeMap<HandlerName, usize> {
    BTreeMap::from([("linger".into(), calls)])
}

/// How often the lane of `linger` was claimed, and who has it.
async fn lane(office: &Office) -> (u64, bool) {
    let handlers = events::DurableHandlers::new(office.store.clone());
    let lane = handlers.get("linger").await.unwrap().unwrap().lanes.remove(0);
    (lane.epoch, lane.owner.is_some())
}

async fn a_call_that_hangs_is_cut_off_and_made_again_at_once(office: Office) {
    let gate = Arc::new(Semaphore::new(0));
    let app = start(&office, &gate).await;
    app.publish_batch(vec![written(1, 1), written(2, 2), written(1, 3)]).await.unwrap();
    let of = |number| office.desk.calls().iter().filter(|(_, of, _)| *of == number).count();
    eventually("copy is done, and linger hangs", async || [1, 2, 3].map(of) == [2, 2, 1]).await;
    let report = app.shutdown_within(DEADLINE).await.unwrap();
    assert_eq!((report.durable_calls, report.leases_left, report.letters_retrying), (calls(2), false, 0));
    assert_eq!(lane(&office).await, (1, false), "it is given back");

    gate.close();
    let app = start(&office, &gate).await;
    // No time has passed: nobody has waited for the end of a lease.
    eventually("all are handled", async || [1, 2, 3].map(of) == [3, 3, 2]).await;
    assert!(office.desk.calls().iter().all(|(_, _, attempt)| *attempt == 1), "no attempt was used up");
    assert_eq!(app.dead_letters().list(LetterQuery::new()).await.unwrap(), []);
    let report = app.shutdown().await.unwrap();
    assert_eq!((report.durable_calls, report.leases_left, report.retry_given_up), (BTreeMap::new(), false, false));
}

async fn a_retry_that_hangs_uses_up_no_attempt(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    let gate = Arc::new(Semaphore::new(1));
    let app = office.builder(handlers![linger]).state(Arc::clone(&gate)).start().await.unwrap();
    app.publish(written(1, 1)).await.unwrap();
    let letters = async || app.dead_letters().list(LetterQuery::new().status(LetterStatus::Retrying)).await.unwrap();
    eventually("it has failed", async || letters().await.len() == 1).await;
    drop(gate.acquire().await.unwrap());
    gate.forget_permits(1);
    office.advance(10);
    eventually("it is tried again", async || office.desk.calls().len() == 2).await;
    let report = app.shutdown_within(DEADLINE).await.unwrap();
    assert_eq!((report.durable_calls, report.leases_left, report.letters_retrying), (calls(1), false, 1));
    assert_eq!(letters().await[0].attempts, 1);
    assert_eq!(lane(&office).await, (1, false));
}

/// Where a handler is held up that can't wait otherwise.
struct Barrier(Mutex<mpsc::Receiver<()>>);

#[event_handler(durable(from = "start"))]
fn keep_the_thread(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    State(Barrier(barrier)): State<&Barrier>,
) -> anyhow::Result<()> {
    drop(desk.handle_now(event, attempt));
    Ok(barrier.lock().unwrap().recv_timeout(Duration::from_secs(60))?)
}

/// Guards: its events would be handled by two processes at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_can_not_be_cut_off_keeps_its_lease() {
    let office = Office::in_memory();
    let (open, barrier) = mpsc::channel();
    let builder = office.builder(handlers![keep_the_thread]).state(Barrier(Mutex::new(barrier)));
    let app = builder.start().await.unwrap();
    app.publish(written(1, 1)).await.unwrap();
    eventually("it is called", async || office.desk.calls().len() == 1).await;
    let report = app.shutdown_within(DEADLINE).await.unwrap();
    assert!(report.leases_left && report.durable_calls[&HandlerName::from("keep_the_thread")] == 1, "{report:?}");
    let row = app.durable_handlers().get("keep_the_thread").await.unwrap().unwrap();
    assert!(row.lanes[0].owner.is_some());
    open.send(()).unwrap();
}
