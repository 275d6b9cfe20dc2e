//! Runs, edits and held letters: what operators ask for, and the owners of handlers carry out.

use std::num::NonZeroU32;

use events::dead_letter::Run;
use events::prelude::*;
use events::store::{OperationId, OperationState, RunPace, RunProgress};

use super::{Desk, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::{Fragile, eventually};

on_every_store![
    a_run_works_off_every_stream_in_order,
    a_run_stops_at_the_first_failure,
    a_run_goes_on_up_to_so_many_failures,
    a_run_is_stopped_by_an_operator,
    a_run_keeps_its_rate_and_passes_to_another_process,
    a_plan_is_what_the_run_does,
    without_a_process_a_run_waits,
    letters_of_inline_handlers_are_run_too,
    an_edit_is_accepted_by_the_owner,
    an_edit_that_does_not_fit_is_refused,
    what_is_held_waits_until_it_is_released,
    a_held_letter_holds_the_whole_log_up,
    a_letter_that_halted_everything_is_given_up,
    a_rebuilt_handler_begins_again,
];

#[event_handler]
fn announce(event: &Written, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.answer(event)
}

#[event_handler(durable(from = "start", order = "global"), retry(attempts = 1))]
async fn in_line(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

fn ada() -> Audit {
    Audit::by("ada").because("the ink is here")
}

fn at_most(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// Waits until so many letters are dead.
async fn are_dead(app: &EventDispatcher, count: usize) {
    let dead = LetterQuery::new().status(LetterStatus::Dead);
    eventually("letters are dead", async || app.dead_letters().list(dead.clone()).await.unwrap().len() == count).await;
}

/// Books 1 to `books`, each with an illegible number and two behind it: 11, 12, 13 of book 1, and so on.
async fn with_dead_letters(office: &Office, books: u64) -> EventDispatcher {
    let app = office.start_for_long(handlers![copy]).await;
    for book in 1..=books {
        office.desk.judge(book * 10 + 1, Verdict::Permanent);
        app.publish_batch((1..=3).map(|number| written(book, book * 10 + number)).collect::<Vec<_>>()).await.unwrap();
        are_dead(&app, usize::try_from(book).unwrap()).await;
    }
    app
}

async fn is_mended(office: &Office, books: u64) {
    (1..=books).for_each(|book| office.desk.judge(book * 10 + 1, None));
}

async fn start_run(app: &EventDispatcher, pace: RunPace) -> OperationId {
    let run = app.dead_letters().start_run(LetterQuery::new().handler("copy"), pace, ada()).await.unwrap();
    run.unwrap().operation.id
}

/// Waits until a run is in this state.
async fn is(app: &EventDispatcher, id: OperationId, state: OperationState) -> Run {
    let run = async || app.dead_letters().run(id).await.unwrap().unwrap();
    eventually(&format!("the run is {state}"), async || run().await.operation.state == state).await;
    run().await
}

async fn a_run_works_off_every_stream_in_order(office: Office) {
    let app = with_dead_letters(&office, 5).await;
    is_mended(&office, 5).await;
    let id = start_run(&app, RunPace::new()).await;
    let run = is(&app, id, OperationState::Done).await;
    assert_eq!(run.progress, RunProgress { total: 5, resolved: 5, ..RunProgress::default() });
    assert_eq!(run.operation.result.as_deref(), Some("5 resolved, 0 failed"));
    assert_eq!((run.operation.by.as_str(), run.operation.reason.as_str()), ("ada", "the ink is here"));
    assert!(run.operation.finished_at.is_some());
    for book in 1..=5 {
        office.has(book, &[book * 10 + 1, book * 10 + 2, book * 10 + 3]).await;
    }
    eventually("nothing is parked", async || app.durable_handlers().list().await.unwrap()[0].parked == 0).await;
    assert_eq!(app.dead_letters().runs().await.unwrap(), [run]);
    app.shutdown().await.unwrap();
}

async fn a_run_stops_at_the_first_failure(office: Office) {
    let app = with_dead_letters(&office, 4).await;
    let calls = office.desk.calls().len();
    let id = start_run(&app, RunPace::new()).await;
    let run = is(&app, id, OperationState::Failed).await;
    assert_eq!(run.progress, RunProgress { total: 4, failed: 1, waiting: 3, ..RunProgress::default() });
    assert_eq!(run.operation.result.as_deref(), Some("stopped after failures: 0 resolved, 1 failed, 3 not begun"));
    assert_eq!(office.desk.calls().len(), calls + 1, "one letter was tried, once");
    let tried = &app.dead_letters().list(LetterQuery::new().run(id)).await.unwrap()[0];
    assert_eq!((tried.status, tried.attempts), (LetterStatus::Dead, 2));
    app.shutdown().await.unwrap();
}

async fn a_run_goes_on_up_to_so_many_failures(office: Office) {
    let app = with_dead_letters(&office, 4).await;
    office.desk.judge(21, None);
    office.desk.judge(41, Verdict::Fail);
    let id = start_run(&app, RunPace::new().stop_after(at_most(3))).await;
    let run = is(&app, id, OperationState::Done).await;
    assert_eq!(run.progress, RunProgress { total: 4, resolved: 1, failed: 3, ..RunProgress::default() });
    let transient = app.dead_letters().list(LetterQuery::new().class(Class::Transient)).await.unwrap();
    assert_eq!(transient[0].status, LetterStatus::Dead, "a run tries a letter once, whatever its policy says");
    assert_eq!(office.desk.numbers(2), [21, 22, 23]);
    app.shutdown().await.unwrap();
}

async fn a_run_is_stopped_by_an_operator(office: Office) {
    let app = with_dead_letters(&office, 3).await;
    is_mended(&office, 3).await;
    office.desk.gate();
    let id = start_run(&app, RunPace::new()).await;
    eventually("a letter is being tried", async || office.desk.under_way() == 1).await;
    app.dead_letters().stop_run(id, Audit::by("grace")).await.unwrap();
    assert!(app.dead_letters().stop_run(id, ada()).await.unwrap_err().is_not_found());
    office.desk.let_through(99);
    office.has(1, &[11, 12, 13]).await;
    let run = app.dead_letters().run(id).await.unwrap().unwrap();
    assert_eq!(run.operation.state, OperationState::Stopped);
    assert_eq!((run.progress.resolved, run.progress.waiting), (1, 2));
    app.shutdown().await.unwrap();
    assert!(office.desk.numbers(2).is_empty());
}

async fn a_run_keeps_its_rate_and_passes_to_another_process(office: Office) {
    let one = with_dead_letters(&office, 3).await;
    is_mended(&office, 3).await;
    let id = start_run(&one, RunPace::new().per_minute(at_most(1))).await;
    office.has(1, &[11, 12, 13]).await;
    one.shutdown().await.unwrap();

    let two = office.start_for_long(handlers![copy]).await;
    office.has(2, &[21, 22, 23]).await;
    let run = is(&two, id, OperationState::Running).await;
    assert_eq!((run.progress.resolved, run.progress.waiting, run.operation.epoch), (2, 1, 2));
    office.advance(59);
    assert_eq!(two.dead_letters().run(id).await.unwrap().unwrap().progress.waiting, 1);
    office.advance(1);
    assert_eq!(is(&two, id, OperationState::Done).await.progress.resolved, 3);
    two.shutdown().await.unwrap();
}

async fn a_plan_is_what_the_run_does(office: Office) {
    let app = with_dead_letters(&office, 3).await;
    let queue = app.dead_letters();
    assert!(queue.plan_run(LetterQuery::new()).await.unwrap_err().is_invalid(), "it doesn't say that it means all");
    let plan = queue.plan_run(LetterQuery::new().handler("copy").with_limit(2)).await.unwrap();
    assert_eq!((plan.letters.len(), plan.streams, plan.parked), (2, 2, 2));
    assert_eq!(plan.by_handler.into_iter().collect::<Vec<_>>(), [("copy".into(), 2)]);
    assert!(plan.without_process.is_empty());
    assert_eq!(queue.list(LetterQuery::new().status(LetterStatus::Dead)).await.unwrap().len(), 3, "nothing was done");
    app.shutdown().await.unwrap();

    let run = queue.start_run(LetterQuery::all().with_limit(2), RunPace::new(), ada()).await.unwrap().unwrap();
    let taken = queue.list(LetterQuery::new().run(run.operation.id)).await.unwrap();
    assert_eq!(taken.iter().map(|letter| letter.id).collect::<Vec<_>>(), plan.letters);
    let left = queue.plan_run(LetterQuery::all()).await.unwrap();
    assert_eq!((left.letters.len(), left.without_process), (1, vec!["copy".into()]));
    assert!(left.not_running.is_empty());
    app.durable_handlers().pause("copy", ada()).await.unwrap();
    assert_eq!(queue.plan_run(LetterQuery::all()).await.unwrap().not_running, [events::HandlerName::from("copy")]);
}

async fn without_a_process_a_run_waits(office: Office) {
    let app = with_dead_letters(&office, 1).await;
    app.shutdown().await.unwrap();
    is_mended(&office, 1).await;
    let id = start_run(&app, RunPace::new()).await;
    let other = office.start_for_long(handlers![in_line]).await;
    // What it was asked for later is done, so it has seen the run and left it alone.
    eventually("the other goes on", async || office.desk.handled().len() == 3).await;
    let waiting = app.dead_letters().run(id).await.unwrap().unwrap();
    assert_eq!((waiting.operation.state, waiting.operation.owner), (OperationState::Requested, None));
    other.shutdown().await.unwrap();
    let app = office.start_for_long(handlers![copy]).await;
    assert_eq!(is(&app, id, OperationState::Done).await.progress.resolved, 1);
    app.shutdown().await.unwrap();
}

async fn letters_of_inline_handlers_are_run_too(office: Office) {
    let app = office.start_for_long(handlers![announce]).await;
    for number in 1..=4 {
        office.desk.judge(number, Verdict::Permanent);
        app.publish(written(1, number)).await.unwrap();
    }
    let again = async || {
        let all = LetterQuery::new().handler("announce");
        app.dead_letters().start_run(all, RunPace::new(), ada()).await.unwrap().unwrap().operation.id
    };
    let failed = is(&app, again().await, OperationState::Failed).await;
    assert_eq!((failed.progress.failed, failed.progress.waiting), (1, 3));
    (1..=4).for_each(|number| office.desk.judge(number, None));
    let done = is(&app, again().await, OperationState::Done).await;
    assert_eq!(done.progress.resolved, 4);
    app.shutdown().await.unwrap();
}

async fn an_edit_is_accepted_by_the_owner(office: Office) {
    let app = with_dead_letters(&office, 1).await;
    let queue = app.dead_letters();
    let letter = queue.list(LetterQuery::new()).await.unwrap().remove(0);
    let edit = queue.edit(letter.id, r#"{"book":1,"number":19}"#, ada()).await.unwrap().unwrap();
    eventually("it is accepted", async || {
        queue.operation(edit.id).await.unwrap().unwrap().state == OperationState::Done
    })
    .await;
    let edited = queue.get(letter.id).await.unwrap().unwrap();
    assert_eq!(edited.edited.as_ref().map(|data| data.as_json()), Some(r#"{"book":1,"number":19}"#));
    assert_eq!(edited.status, LetterStatus::Dead, "it isn't redriven by itself");
    assert!(!format!("{edited:?}").contains("number"), "data aren't printed");
    let id = start_run(&app, RunPace::new()).await;
    is(&app, id, OperationState::Done).await;
    office.has(1, &[19, 12, 13]).await;
    assert_eq!(queue.event(&letter).await.unwrap().decode::<Written>().unwrap().number, 11, "the log has the original");
    app.shutdown().await.unwrap();
}

async fn an_edit_that_does_not_fit_is_refused(office: Office) {
    let app = with_dead_letters(&office, 1).await;
    let queue = app.dead_letters();
    let letter = queue.list(LetterQuery::new()).await.unwrap().remove(0);
    let edit = queue.edit(letter.id, r#"{"book":1,"number":"s3cret"}"#, ada()).await.unwrap().unwrap();
    let operation = async || queue.operation(edit.id).await.unwrap().unwrap();
    eventually("it is refused", async || operation().await.state == OperationState::Failed).await;
    let why = operation().await.result.unwrap();
    assert!(why.starts_with("refused: ") && why.contains("line 1, column 27"), "{why}");
    assert!(why.contains("`book: u64`, `number: u64`"), "it says what would be right: {why}");
    assert!(!why.contains("s3cret"), "the audit doesn't quote data: {why}");
    assert_eq!(queue.get(letter.id).await.unwrap().unwrap().edited, None);
    queue.discard(LetterQuery::new().id(letter.id), ada()).await.unwrap();
    assert!(queue.edit(letter.id, "{}", ada()).await.unwrap().is_none(), "it is closed");
    app.shutdown().await.unwrap();
}

async fn what_is_held_waits_until_it_is_released(office: Office) {
    let app = with_dead_letters(&office, 2).await;
    let queue = app.dead_letters();
    let letters = queue.list(LetterQuery::new()).await.unwrap();
    queue.hold(LetterQuery::new().id(letters[0].id), ada()).await.unwrap();
    queue.discard(LetterQuery::new().id(letters[1].id), ada()).await.unwrap();
    office.has(2, &[22, 23]).await;
    app.publish(written(1, 14)).await.unwrap();
    app.shutdown().await.unwrap();

    let app = office.start_for_long(handlers![copy]).await;
    let last = app.publish(written(2, 24)).await.unwrap();
    app.settled(&last).await.unwrap();
    assert!(office.desk.numbers(1).is_empty(), "what is held holds up, after a restart too");
    assert_eq!(app.dead_letters().release(LetterQuery::all(), ada()).await.unwrap(), [letters[0].id]);
    office.has(1, &[12, 13, 14]).await;
    app.shutdown().await.unwrap();
}

/// How often the lane of `in_line` was claimed.
async fn epoch(app: &EventDispatcher) -> u64 {
    app.durable_handlers().get("in_line").await.unwrap().unwrap().lanes[0].epoch
}

async fn is_claimed_again(app: &EventDispatcher, before: u64) {
    eventually("its lane is claimed again", async || epoch(app).await > before).await;
}

/// Guards: the event was called again, failed again, and the handler halted for ever.
async fn a_letter_that_halted_everything_is_given_up(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    let app = office.start_for_long(handlers![in_line]).await;
    app.publish_batch((1..=3).map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
    are_dead(&app, 1).await;
    app.dead_letters().discard(LetterQuery::all(), ada()).await.unwrap();
    app.durable_handlers().resume("in_line", ada()).await.unwrap();
    office.has(3, &[3]).await;
    assert_eq!(office.desk.calls(), [(1, 1, 1), (2, 2, 1), (3, 3, 1)]);
    // Made to begin again, it meets the event once more.
    office.desk.judge(1, None);
    app.durable_handlers().reset("in_line", events::Position::START, ada()).await.unwrap();
    office.has(3, &[3, 3]).await;
    assert_eq!(office.desk.numbers(1), [1], "whatever an operator's clock says");
    app.shutdown().await.unwrap();
}

async fn a_held_letter_holds_the_whole_log_up(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    let app = office.start_for_long(handlers![in_line]).await;
    app.publish_batch((1..=3).map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
    are_dead(&app, 1).await;
    let before = epoch(&app).await;
    app.dead_letters().hold(LetterQuery::all(), ada()).await.unwrap();
    app.durable_handlers().resume("in_line", ada()).await.unwrap();
    is_claimed_again(&app, before).await;
    app.dead_letters().release(LetterQuery::all(), ada()).await.unwrap();
    office.has(3, &[3]).await;
    assert_eq!(office.desk.handled(), [(2, 2), (3, 3)]);
    app.shutdown().await.unwrap();
}

async fn a_rebuilt_handler_begins_again(office: Office) {
    let app = office.start_for_long(handlers![copy]).await;
    let receipt = app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    app.settled(&receipt).await.unwrap();
    app.durable_handlers().rebuild("copy", ada()).await.unwrap();
    office.has(1, &[1, 2, 1, 2]).await;
    let row = app.durable_handlers().get("copy").await.unwrap().unwrap();
    assert!(row.replay_until >= receipt.events()[1].recording.position);
    app.shutdown().await.unwrap();
}

/// Guards: later requests waited for ever behind one that couldn't be carried out.
#[tokio::test]
async fn a_request_that_can_not_be_carried_out_holds_up_no_other() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    let app = with_dead_letters(&office, 3).await;
    let queue = app.dead_letters();
    let letters = queue.list(LetterQuery::new()).await.unwrap();
    let state = async |id| queue.operation(id).await.unwrap().unwrap().state;
    backend.fail_event(Some(letters[0].position));
    let mut edits = Vec::new();
    for letter in &letters {
        let edit = queue.edit(letter.id, r#"{"book":1,"number":19}"#, ada()).await.unwrap().unwrap();
        edits.push(edit.id);
    }
    for edit in &edits[1..] {
        eventually("the others are accepted", async || state(*edit).await == OperationState::Done).await;
    }
    assert_eq!(state(edits[0]).await, OperationState::Requested);
    backend.fail_event(None);
    eventually("it is accepted too", async || state(edits[0]).await == OperationState::Done).await;
    app.shutdown().await.unwrap();
}
