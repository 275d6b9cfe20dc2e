//! What the cases about durable handlers have in common, and what holds for all that a store keeps
//! for them.

use super::letters::letter;
use super::requests;
use super::support::{Case, second};
use crate::error::{BoxError, Error, ErrorKind};
use crate::id::{HandlerName, Position, ProcessId};
use crate::store::{
    Advance, Beat, BeginsAt, ClaimLanes, EventStore, HandlerAction, HandlerChange, HandlerDeclaration, HandlerRow,
    Lane, LaneAnswer, LaneLease, LaneRow, LaneTransaction, LaneWrite, LetterId, LetterLane, LetterQuery, NewLetter,
    OperationId, RegisterHandlers, Request, RunPace,
};

pub(super) fn declare(name: &str, begins: BeginsAt, partitions: u32) -> HandlerDeclaration {
    HandlerDeclaration {
        name: name.into(),
        renamed_from: None,
        begins,
        partitions,
        build: "build 1".into(),
        previous: None,
    }
}

pub(super) fn renamed(name: &str, old: &str) -> HandlerDeclaration {
    HandlerDeclaration { renamed_from: Some(old.into()), ..declare(name, BeginsAt::Now, 1) }
}

/// Registers handlers at that second.
pub(super) async fn register(
    store: &EventStore,
    handlers: &[HandlerDeclaration],
    at: i64,
) -> Result<Vec<HandlerRow>, Error> {
    store.backend().register_handlers(RegisterHandlers { handlers: handlers.to_vec(), at: second(at) }).await
}

/// Registers handlers that begin at the start of the log, with one lane each.
pub(super) async fn start(store: &EventStore, names: &[&str]) -> Case {
    let handlers: Vec<_> = names.iter().map(|name| declare(name, BeginsAt::Start, 1)).collect();
    register(store, &handlers, 0).await?;
    Ok(())
}

pub(super) async fn row(store: &EventStore, name: &str) -> Result<HandlerRow, BoxError> {
    let rows = store.backend().durable_handlers().await?;
    rows.into_iter().find(|row| row.name == name).ok_or_else(|| format!("no handler {name}").into())
}

pub(super) async fn lane_row(store: &EventStore, name: &str, partition: u32) -> Result<LaneRow, BoxError> {
    let lanes = row(store, name).await?.lanes;
    lanes.into_iter().find(|lane| lane.partition == partition).ok_or_else(|| "no such lane".into())
}

/// Claims, at that second, up to `limit` lanes for ten seconds.
pub(super) async fn claim(
    store: &EventStore,
    handlers: &[&str],
    owner: &str,
    now: i64,
    limit: usize,
) -> Result<Vec<LaneLease>, Error> {
    let handlers = handlers.iter().copied().map(HandlerName::from).collect();
    let (now, lease_until) = (second(now), second(now + 10));
    store.backend().claim_lanes(ClaimLanes { handlers, owner: owner.into(), now, lease_until, limit }).await
}

/// Claims the one lane of a handler.
pub(super) async fn take(store: &EventStore, handler: &str, owner: &str, now: i64) -> Result<LaneLease, BoxError> {
    let lease = claim(store, &[handler], owner, now, 1).await?.into_iter().next();
    lease.ok_or_else(|| format!("no lane of {handler} is free").into())
}

/// A sign of life at that second, for ten seconds.
pub(super) async fn beat(store: &EventStore, process: &str, at: i64) -> Result<Vec<Lane>, Error> {
    let (build, handlers) = (format!("build of {process}"), vec!["h".into(), "other".into()]);
    let beat = Beat { process: process.into(), build, handlers, at: second(at), until: second(at + 10) };
    store.backend().beat(beat).await
}

pub(super) async fn change(store: &EventStore, handler: &str, action: HandlerAction, at: i64) -> Result<bool, Error> {
    let (by, reason) = ("ada".into(), format!("at {at}"));
    store.backend().change_handler(HandlerChange { handler: handler.into(), action, by, reason, at: second(at) }).await
}

/// A write at second 50 that changes nothing yet.
pub(super) fn write(lane: &Lane) -> LaneWrite {
    LaneWrite::new(lane.clone(), "build 50", second(50))
}

/// A write that moves the checkpoint.
pub(super) fn advance(lane: &Lane, from: u64, to: u64) -> LaneWrite {
    let advance = Some(Advance { from: Position::new(from), to: Position::new(to) });
    LaneWrite { advance, ..write(lane) }
}

/// Writes, and says whether the lane is still the writer's.
pub(super) async fn is_written(store: &EventStore, write: LaneWrite) -> Result<bool, Error> {
    Ok(matches!(store.backend().write_lane(write).await?, LaneAnswer::Written { .. }))
}

/// Writes, and answers with the new letters.
pub(super) async fn written(store: &EventStore, write: LaneWrite) -> Result<Vec<LetterId>, BoxError> {
    match store.backend().write_lane(write).await? {
        LaneAnswer::Written { letters } => Ok(letters),
        LaneAnswer::Lost => Err("the lane is lost".into()),
    }
}

/// A letter that waits behind second 10, of a lane's handler.
pub(super) fn lane_letter(lane: &Lane, position: u64, key: Option<&str>) -> NewLetter {
    let at = LetterLane { partition: lane.partition, key: key.map(Into::into) };
    NewLetter { lane: Some(at), ..letter(lane.handler.as_str(), position) }
}

/// Begins a transaction.
pub(super) async fn begin(store: &EventStore) -> Result<Box<dyn LaneTransaction>, Error> {
    store.backend().begin().await
}

/// Every method that serves durable handlers, with its error.
async fn errors(store: &EventStore) -> Vec<Option<Error>> {
    let lane = Lane { handler: "h".into(), partition: 0, epoch: 1 };
    let (backend, run) = (store.backend(), OperationId::new(1));
    vec![
        register(store, &[declare("h", BeginsAt::Start, 1)], 0).await.err(),
        backend.durable_handlers().await.err(),
        change(store, "h", HandlerAction::Pause, 0).await.err(),
        beat(store, "me", 0).await.err(),
        backend.processes(second(0)).await.err(),
        backend.end_process(ProcessId::from("me")).await.err(),
        claim(store, &["h"], "me", 0, 1).await.err(),
        backend.release_lanes(vec![lane.clone()]).await.err(),
        backend.write_lane(write(&lane)).await.err(),
        requests::request(store, Request::Redrive(RunPace::new()), LetterQuery::all()).await.err(),
        requests::claim(store, run, "me", 0).await.err(),
        requests::advance(store, run, 1, 1).await.err(),
        requests::finish(store, run, 1, None).await.err(),
        requests::stop(store, run).await.err(),
        backend.operation(run).await.err(),
        backend.open_requests().await.err(),
        backend.run_progress(run).await.err(),
    ]
}

/// A closed store does nothing for durable handlers either.
pub async fn a_closed_store_keeps_nothing_for_handlers(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    store.close().await?;
    let refused = |error: Option<Error>| error.is_some_and(|error| error.is_unavailable());
    assert!(errors(&store).await.into_iter().all(refused), "a closed store has answered");
    assert!(store.backend().log_end().await.is_err_and(|error| error.is_unavailable()));
    Ok(())
}

/// A backend that leaves durable handlers out says so, whatever it is asked.
pub async fn nothing_is_kept_for_handlers(store: EventStore) -> Case {
    let unsupported = |error: Option<Error>| error.is_some_and(|error| error.kind() == ErrorKind::Unsupported);
    assert!(errors(&store).await.into_iter().all(unsupported), "leave `without delivery` out: the backend answers");
    Ok(())
}

/// A backend that lends no transaction says so.
pub async fn no_transaction_is_lent(store: EventStore) -> Case {
    let error = begin(&store).await.err();
    let is_unsupported = error.is_some_and(|error| error.kind() == ErrorKind::Unsupported);
    assert!(is_unsupported, "leave `without transactions` out: the backend lends them");
    Ok(())
}
