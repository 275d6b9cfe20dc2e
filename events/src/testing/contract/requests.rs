//! Requests that the owners of handlers carry out: runs and edits.

use super::delivery::{beat, change, declare, register, row};
use super::letters::{claim as claim_letters, failure, finish as finish_letter, get, letter, write};
use super::support::{Case, second};
use crate::error::{BoxError, Error};
use crate::event::Payload;
use crate::handler::Class;
use crate::id::Position;
use crate::store::{
    AdvanceRun, AttemptOutcome, BeginsAt, ClaimRequest, EventStore, FinishRequest, HandlerAction, LetterAction,
    LetterChange, LetterId, LetterQuery, LetterStatus, NewLetter, NewRequest, Operation, OperationId, OperationKind,
    OperationState, Request, RunPace, RunProgress, RunStep, StopRun,
};

async fn dead(store: &EventStore, handler: &str, failed_at: i64) -> Result<LetterId, BoxError> {
    let attempt = Some(failure(failed_at, Class::Permanent));
    write(store, NewLetter { attempt, next_attempt_at: None, ..letter(handler, 1) }).await
}

pub(super) async fn request(store: &EventStore, request: Request, letters: LetterQuery) -> Asked {
    let (by, reason, at) = ("ada".into(), "it is mended".into(), second(20));
    store.backend().request(NewRequest { request, letters, by, reason, at }).await
}

type Asked = Result<Option<Operation>, Error>;

async fn run(store: &EventStore, letters: LetterQuery) -> Result<Operation, BoxError> {
    let asked = request(store, Request::Redrive(RunPace::new()), letters).await?;
    asked.ok_or_else(|| "there are no such letters".into())
}

pub(super) async fn claim(store: &EventStore, id: OperationId, owner: &str, now: i64) -> Asked {
    store.backend().claim_request(ClaimRequest { id, owner: owner.into(), now: second(now) }).await
}

pub(super) async fn advance(
    store: &EventStore,
    id: OperationId,
    epoch: u64,
    letters: usize,
) -> Result<Option<RunStep>, Error> {
    store.backend().advance_run(AdvanceRun { id, epoch, letters, at: second(30) }).await
}

pub(super) async fn finish(
    store: &EventStore,
    id: OperationId,
    epoch: u64,
    edited: Option<(LetterId, Payload)>,
) -> Result<bool, Error> {
    let (state, result, at) = (OperationState::Done, "it is done".into(), second(40));
    store.backend().finish_request(FinishRequest { id, epoch, state, result, edited, at }).await
}

pub(super) async fn stop(store: &EventStore, id: OperationId) -> Result<bool, Error> {
    let (by, reason, at) = ("grace".into(), "it isn't".into(), second(35));
    store.backend().stop_run(StopRun { id, by, reason, at }).await
}

async fn progress(store: &EventStore, id: OperationId) -> Result<RunProgress, BoxError> {
    store.backend().run_progress(id).await?.ok_or_else(|| "there is no such run".into())
}

fn epoch(claimed: &Option<Operation>) -> Option<u64> {
    claimed.as_ref().map(|operation| operation.epoch)
}

/// A run takes the dead letters that match now; what comes later, or is another open run's, isn't its.
pub async fn a_run_takes_its_letters_at_its_start(store: EventStore) -> Case {
    assert_eq!(request(&store, Request::Redrive(RunPace::new()), LetterQuery::new()).await?, None);
    assert_eq!(store.backend().last_operation().await?, None);
    let (late, early) = (dead(&store, "h", 9).await?, dead(&store, "h", 4).await?);
    let (retrying, other) = (write(&store, letter("h", 1)).await?, dead(&store, "other", 1).await?);
    let asked = run(&store, LetterQuery::new().handler("h")).await?;
    let later = dead(&store, "h", 10).await?;
    assert_eq!((asked.action, asked.state, asked.total), (OperationKind::Redrive, OperationState::Requested, 2));
    assert_eq!((asked.by.as_str(), asked.reason.as_str(), asked.at), ("ada", "it is mended", second(20)));
    assert_eq!((asked.handler.as_ref().map(|name| name.as_str()), asked.finished_at), (Some("h"), None));
    assert_eq!(asked.request, Some(Request::Redrive(RunPace::new())));
    assert_eq!(store.backend().operation(asked.id).await?, Some(asked.clone()));
    assert_eq!(store.backend().operations(1).await?, std::slice::from_ref(&asked));
    assert_eq!(store.backend().last_operation().await?, Some(asked.id));
    let all = run(&store, LetterQuery::all()).await?;
    assert!(all.id > asked.id && all.total == 2 && all.handler.is_none(), "{all:?}");
    assert_eq!(store.backend().open_requests().await?, [asked.clone(), all.clone()]);
    for (query, letters) in
        [(LetterQuery::new().run(asked.id), vec![late, early]), (LetterQuery::new().run(all.id), vec![other, later])]
    {
        let read = store.backend().letters(query.clone()).await?;
        assert!(read.iter().all(|letter| query.matches(letter) && letter.status == LetterStatus::Dead));
        assert_eq!(read.iter().map(|letter| letter.id).collect::<Vec<_>>(), letters);
    }
    assert_eq!(get(&store, retrying).await?.run, None);
    assert_eq!(progress(&store, asked.id).await?, RunProgress { total: 2, waiting: 2, ..RunProgress::default() });
    assert_eq!(store.backend().run_progress(OperationId::new(99)).await?, None);
    Ok(())
}

/// A request is one process's at a time, and passes to another when that one has died.
pub async fn a_request_has_one_owner(store: EventStore) -> Case {
    dead(&store, "h", 1).await?;
    let id = run(&store, LetterQuery::all()).await?.id;
    assert_eq!(claim(&store, OperationId::new(99), "me", 1).await?, None);
    beat(&store, "me", 1).await?;
    let mine = claim(&store, id, "me", 1).await?;
    assert_eq!(epoch(&mine), Some(1));
    assert!(mine.is_some_and(|mine| mine.state == OperationState::Running && mine.owner == Some("me".into())));
    assert_eq!(claim(&store, id, "you", 10).await?, None, "the owner is alive");
    assert_eq!(epoch(&claim(&store, id, "you", 11).await?), Some(2));
    assert_eq!(advance(&store, id, 1, 9).await?, None);
    assert!(!finish(&store, id, 1, None).await?);
    assert_eq!(epoch(&claim(&store, id, "me", 12).await?), Some(3), "no sign of life from the other");
    assert!(advance(&store, id, 3, 9).await?.is_some());
    assert!(finish(&store, id, 3, None).await?);
    assert_eq!(claim(&store, id, "me", 13).await?, None, "it is done");
    let done = store.backend().operation(id).await?.ok_or("it is gone")?;
    assert_eq!((done.state, done.result.as_deref()), (OperationState::Done, Some("it is done")));
    assert_eq!(done.finished_at, Some(second(40)));
    assert!(store.backend().open_requests().await?.is_empty() && !finish(&store, id, 3, None).await?);
    Ok(())
}

/// A run makes its letters due in turn, and counts what has become of them.
pub async fn a_run_begins_its_letters_in_turn(store: EventStore) -> Case {
    let mut letters = Vec::new();
    for failed_at in [5, 4, 3, 2, 1, 0] {
        letters.insert(0, dead(&store, "h", failed_at).await?);
    }
    let [first, next, discarded, taken, fourth, last] = letters[..] else { return Err("six letters".into()) };
    let id = run(&store, LetterQuery::all()).await?.id;
    assert_eq!(advance(&store, id, 0, 1).await?, None, "nobody has taken it on");
    claim(&store, id, "me", 1).await?;
    assert_eq!(advance(&store, id, 1, 0).await?, Some(RunStep { begun: vec![], more: true }));
    assert_eq!(advance(&store, id, 1, 2).await?, Some(RunStep { begun: vec![first, next], more: true }));
    let begun = get(&store, first).await?;
    assert_eq!((begun.status, begun.next_attempt_at, begun.run), (LetterStatus::Retrying, Some(second(30)), Some(id)));
    assert_eq!((begun.attempts, begun.attempts_in_cycle()), (1, 0));
    assert_eq!(claim_letters(&store, &["h"], "me", 30, 9).await?, [next, first], "by number, both being due");
    assert!(finish_letter(&store, first, "me", 31, AttemptOutcome::Resolved).await?);
    let attempt = failure(31, Class::Permanent);
    assert!(finish_letter(&store, next, "me", 31, AttemptOutcome::Failed { attempt, next_attempt_at: None }).await?);
    for (action, letter) in [(LetterAction::Discard, discarded), (LetterAction::Redrive, taken)] {
        let query = LetterQuery::new().id(letter);
        let (by, reason, at) = ("grace".into(), String::new(), second(32));
        store.backend().change_letters(LetterChange { action, letters: query, by, reason, at }).await?;
    }
    assert_eq!(advance(&store, id, 1, 2).await?, Some(RunStep { begun: vec![fourth], more: true }));
    let counted = RunProgress { total: 6, waiting: 1, retrying: 1, resolved: 1, failed: 1, discarded: 1 };
    assert_eq!(progress(&store, id).await?, counted);
    assert_eq!((counted.gone(), counted.finished()), (1, 4));
    assert_eq!(advance(&store, id, 1, 9).await?, Some(RunStep { begun: vec![last], more: false }));
    assert_eq!(advance(&store, id, 1, 9).await?, Some(RunStep { begun: vec![], more: false }));
    // What was given up meanwhile and is dead again hasn't failed in the run.
    let letters = LetterQuery::new().id(discarded);
    let (by, reason, at) = ("grace".into(), String::new(), second(33));
    let restore = LetterChange { action: LetterAction::Restore, letters, by, reason, at };
    store.backend().change_letters(restore).await?;
    let counted = progress(&store, id).await?;
    assert_eq!((counted.failed, counted.discarded, counted.gone()), (1, 0, 2));
    Ok(())
}

/// A run that was stopped begins nothing any more, and leaves its letters to others.
pub async fn a_stopped_run_goes_no_further(store: EventStore) -> Case {
    for failed_at in 0..3 {
        dead(&store, "h", failed_at).await?;
    }
    let id = run(&store, LetterQuery::all()).await?.id;
    claim(&store, id, "me", 1).await?;
    advance(&store, id, 1, 1).await?;
    assert!(stop(&store, id).await?);
    assert_eq!(advance(&store, id, 1, 1).await?, None);
    assert!(!finish(&store, id, 1, None).await? && !stop(&store, id).await?);
    assert_eq!(claim(&store, id, "you", 99).await?, None);
    let [noted, stopped] = &store.backend().operations(9).await?[..] else { return Err("two operations".into()) };
    assert_eq!((stopped.state, stopped.finished_at), (OperationState::Stopped, Some(second(35))));
    assert_eq!(stopped.result.as_deref(), Some("stopped by grace"));
    assert_eq!((noted.action, noted.state, noted.by.as_str()), (OperationKind::Stop, OperationState::Done, "grace"));
    assert_eq!((&noted.request, noted.reason.as_str()), (&Some(Request::Stop { run: id }), "it isn't"));
    assert_eq!(
        progress(&store, id).await?,
        RunProgress { total: 3, waiting: 2, retrying: 1, ..RunProgress::default() }
    );
    assert_eq!(run(&store, LetterQuery::all()).await?.total, 2);
    assert!(!stop(&store, noted.id).await?, "that was no run");
    Ok(())
}

/// Other data are kept with the letter when its owner has accepted them.
pub async fn an_accepted_edit_is_kept(store: EventStore) -> Case {
    let letters = [write(&store, letter("h", 1)).await?, dead(&store, "h", 1).await?];
    for (number, letter) in letters.into_iter().enumerate() {
        let payload = Payload::from_json(r#"{"text":"it's \"mended\"\u0000"}"#);
        let edit = Request::Edit { payload: payload.clone() };
        let asked = request(&store, edit.clone(), LetterQuery::new().id(letter)).await?.ok_or("no letter")?;
        assert_eq!((asked.action, asked.total, &asked.letters), (OperationKind::Edit, 1, &vec![letter]));
        assert_eq!(asked.request, Some(edit));
        claim(&store, asked.id, "me", 1).await?;
        let refused = number == 0;
        assert!(finish(&store, asked.id, 1, (!refused).then(|| (letter, payload.clone()))).await?);
        assert!(!finish(&store, asked.id, 1, Some((letter, Payload::from_json("1")))).await?);
        assert_eq!(get(&store, letter).await?.edited, (!refused).then_some(payload));
    }
    let change = LetterChange {
        action: LetterAction::Discard,
        letters: LetterQuery::all(),
        by: "ada".into(),
        reason: String::new(),
        at: second(50),
    };
    store.backend().change_letters(change).await?;
    let edit = Request::Edit { payload: Payload::from_json("1") };
    assert_eq!(request(&store, edit, LetterQuery::all()).await?, None, "nothing is open");
    Ok(())
}

/// No letter gets into two runs, however many are asked for at once.
pub async fn racing_runs_share_the_letters(store: EventStore) -> Case {
    for failed_at in 0..20 {
        dead(&store, "h", failed_at).await?;
    }
    let ask = || async { request(&store, Request::Redrive(RunPace::new()), LetterQuery::all().with_limit(7)).await };
    let asked = futures_util::future::join_all((0..8).map(|_| ask())).await;
    let mut totals = Vec::new();
    for run in asked {
        totals.extend(run?.map(|run| run.total));
    }
    assert_eq!(totals.iter().sum::<u64>(), 20, "{totals:?}");
    Ok(())
}

/// A handler that is rebuilt begins again and knows how far all of its lanes had got; so does a new version
/// of one: what is further on was handled by nobody yet.
pub async fn a_rebuilt_handler_replays(store: EventStore) -> Case {
    let stream = super::support::stream("replays");
    let appended = super::support::append(&store, &super::support::drafts(&stream, 3)).await?;
    let end = appended.recordings().last().map(|last| last.position).ok_or("nothing was appended")?;
    let slow = register(&store, &[declare("slow", BeginsAt::Start, 2)], 0).await?;
    assert_eq!(slow.len(), 1);
    register(&store, &[declare("h", BeginsAt::Now, 1)], 0).await?;
    assert_eq!(row(&store, "h").await?.replay_until, Position::START);
    let lane = super::delivery::take(&store, "h", "me", 1).await?.lane;
    let write = super::delivery::advance(&lane, end.value(), end.value() + 5);
    assert!(super::delivery::is_written(&store, write).await?);
    assert!(change(&store, "h", HandlerAction::Rebuild, 2).await?);
    let rebuilt = row(&store, "h").await?;
    assert_eq!((rebuilt.from, rebuilt.replay_until.value()), (end, end.value() + 5));
    assert!(rebuilt.lanes.iter().all(|lane| lane.checkpoint == end && lane.owner.is_none()));
    assert!(change(&store, "h", HandlerAction::Rebuild, 3).await?);
    assert_eq!(row(&store, "h").await?.replay_until.value(), end.value() + 5, "it hasn't got that far again");
    assert!(matches!(store.backend().operations(1).await?[..], [ref last] if last.action == OperationKind::Rebuild));

    let next = |name, previous: &str| {
        let declared = declare(name, BeginsAt::Start, 1);
        crate::store::HandlerDeclaration { previous: Some(previous.into()), ..declared }
    };
    // One of its two lanes has got far, and the other hasn't begun.
    let lane = super::delivery::take(&store, "slow", "me", 4).await?.lane;
    assert!(super::delivery::is_written(&store, super::delivery::advance(&lane, 0, end.value())).await?);
    let declared = [next("h@2", "h"), next("new@2", "new"), next("slow@2", "slow")];
    let rows = register(&store, &declared, 5).await?;
    let replayed: Vec<_> = rows.iter().map(|row| row.replay_until.value()).collect();
    assert_eq!(replayed, [end.value() + 5, 0, 0]);
    assert!(change(&store, "slow", HandlerAction::Rebuild, 6).await?);
    assert_eq!(row(&store, "slow").await?.replay_until, Position::START);
    Ok(())
}
