//! How much a failing handler leaves behind before it stops.

use std::collections::BTreeSet;

use events::handler::HandlerRegistration;
use events::prelude::*;
use events::store::{HandlerRow, HandlerState, LetterId};

use super::{Desk, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![
    a_handler_stops_when_too_many_letters_are_open,
    letters_are_worked_off_before_events_fail_again,
    letters_that_are_closed_make_room_and_held_ones_do_not,
    a_handler_stops_when_too_many_streams_wait,
    letters_of_one_stream_count_too,
];

/// The limit in these tests.
const LIMIT: usize = 3;

#[event_handler(durable(from = "start", order = "none"), retry(attempts = 1))]
async fn sort_out(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(
    durable(from = "start", on_exhausted = "continue"),
    retry(attempts = 2, initial_delay = "10s", jitter = 0.0)
)]
async fn plough_on(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

fn ada() -> Audit {
    Audit::by("ada").because("the ink is here")
}

async fn start(office: &Office, handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> EventDispatcher {
    office.builder(handlers).letter_limit(LIMIT).start().await.unwrap()
}

/// An event in a book of its own for each number.
async fn publish(app: &EventDispatcher, numbers: impl IntoIterator<Item = u64>) {
    app.publish_batch(numbers.into_iter().map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
}

/// The numbers of the open letters, once there are so many.
async fn open_letters(app: &EventDispatcher, count: usize) -> Vec<LetterId> {
    let open = async || app.dead_letters().list(LetterQuery::new().blocking()).await.unwrap();
    eventually(&format!("{count} letters are open"), async || open().await.len() == count).await;
    open().await.into_iter().map(|letter| letter.id).collect()
}

async fn halted(app: &EventDispatcher, handler: &str) -> HandlerRow {
    let row = async || app.durable_handlers().get(handler).await.unwrap().unwrap();
    eventually("it has halted", async || row().await.state == HandlerState::Halted).await;
    row().await
}

async fn has_handled(office: &Office, numbers: impl IntoIterator<Item = u64>) {
    let numbers: BTreeSet<_> = numbers.into_iter().collect();
    let handled = || office.desk.handled().into_iter().map(|(_, number)| number).collect::<BTreeSet<_>>();
    eventually(&format!("{numbers:?} are handled"), async || handled() == numbers).await;
    assert_eq!(office.desk.handled().len(), numbers.len(), "each once");
}

async fn a_handler_stops_when_too_many_letters_are_open(office: Office) {
    for number in 1..=5 {
        office.desk.judge(number, Verdict::Permanent);
    }
    let app = start(&office, handlers![sort_out]).await;
    publish(&app, 1..=6).await;
    let row = halted(&app, "sort_out").await;
    assert_eq!(
        row.reason.as_deref(),
        Some(
            "3 letters are open already, which is the limit of a lane: redrive or discard letters, then resume the \
             handler"
        )
    );
    open_letters(&app, 4).await;
    assert_eq!(office.desk.calls().len(), 4, "what comes later isn't begun");
    for number in 1..=5 {
        office.desk.judge(number, None);
    }
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    app.durable_handlers().resume("sort_out", ada()).await.unwrap();
    has_handled(&office, 1..=6).await;
    open_letters(&app, 0).await;
    app.shutdown().await.unwrap();
}

/// The event that comes next fails too: tried first, it would halt the handler again each time.
async fn letters_are_worked_off_before_events_fail_again(office: Office) {
    for number in 1..=5 {
        office.desk.judge(number, Verdict::Permanent);
    }
    let app = start(&office, handlers![sort_out]).await;
    publish(&app, 1..=6).await;
    halted(&app, "sort_out").await;
    for number in 1..=4 {
        office.desk.judge(number, None);
    }
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    app.durable_handlers().resume("sort_out", ada()).await.unwrap();
    has_handled(&office, [1, 2, 3, 4, 6]).await;
    open_letters(&app, 1).await;
    let row = app.durable_handlers().get("sort_out").await.unwrap().unwrap();
    assert_eq!((row.state, row.reason), (HandlerState::Running, None));
    app.shutdown().await.unwrap();
}

async fn letters_that_are_closed_make_room_and_held_ones_do_not(office: Office) {
    for number in 1..=5 {
        office.desk.judge(number, Verdict::Permanent);
    }
    let app = start(&office, handlers![sort_out]).await;
    publish(&app, 1..=3).await;
    let letters = open_letters(&app, 3).await;
    app.dead_letters().discard(LetterQuery::new().id(letters[0]), ada()).await.unwrap();
    app.dead_letters().hold(LetterQuery::new().id(letters[1]), ada()).await.unwrap();
    publish(&app, [4]).await;
    open_letters(&app, 3).await;
    publish(&app, [6]).await;
    has_handled(&office, [6]).await;
    assert_eq!(app.durable_handlers().get("sort_out").await.unwrap().unwrap().state, HandlerState::Running);
    publish(&app, [5]).await;
    halted(&app, "sort_out").await;
    open_letters(&app, 4).await;
    app.shutdown().await.unwrap();
}

async fn a_handler_stops_when_too_many_streams_wait(office: Office) {
    for number in 1..=4 {
        office.desk.judge(number, Verdict::Permanent);
    }
    let app = start(&office, handlers![copy]).await;
    publish(&app, 1..=4).await;
    let row = halted(&app, "copy").await;
    assert!(row.reason.unwrap().starts_with("3 letters are open already"));
    assert_eq!(row.parked, 4);
    app.publish_batch((1..=5).map(|book| written(book, 10 + book)).collect::<Vec<_>>()).await.unwrap();
    let letters = open_letters(&app, 4).await;
    app.dead_letters().discard(LetterQuery::new().ids(letters), ada()).await.unwrap();
    app.durable_handlers().resume("copy", ada()).await.unwrap();
    has_handled(&office, 11..=15).await;
    app.shutdown().await.unwrap();
}

/// One stream whose events all fail, one after the other.
async fn letters_of_one_stream_count_too(office: Office) {
    for number in 1..=5 {
        office.desk.judge(number, Verdict::Fail);
    }
    let app = start(&office, handlers![plough_on]).await;
    app.publish_batch((1..=6).map(|number| written(1, number)).collect::<Vec<_>>()).await.unwrap();
    for letters in 1..=4 {
        open_letters(&app, letters).await;
        office.advance(10);
    }
    halted(&app, "plough_on").await;
    assert!(office.desk.calls().iter().all(|(_, number, _)| *number <= 4), "{:?}", office.desk.calls());
    for number in 1..=5 {
        office.desk.judge(number, None);
    }
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    app.durable_handlers().resume("plough_on", ada()).await.unwrap();
    has_handled(&office, 1..=6).await;
    app.shutdown().await.unwrap();
}

/// Nobody has to say it: what a handler leaves behind that nobody has mended is bounded.
#[tokio::test]
async fn a_handler_stops_when_too_many_keys_wait() {
    #[event_handler(durable(from = "start"), retry(attempts = 1))]
    fn refuse_all(_: &Written) -> Result<(), HandlerError> {
        Err(HandlerError::permanent("illegible"))
    }

    let office = Office::in_memory();
    let app = office.start_for_long(handlers![refuse_all]).await;
    for books in (0..10_010).collect::<Vec<u64>>().chunks(1_000) {
        app.publish_batch(books.iter().map(|book| written(*book, 1)).collect::<Vec<_>>()).await.unwrap();
    }
    let row = async || app.durable_handlers().get("refuse_all").await.unwrap().unwrap();
    eventually("it has halted", async || row().await.state == HandlerState::Halted).await;
    let row = row().await;
    assert!(row.reason.unwrap().starts_with("10000 letters are open already"));
    assert_eq!(row.parked, 10_001);
    let letters = app.dead_letters().stats().await.unwrap().by_status;
    assert_eq!(letters[&LetterStatus::Dead], 10_001, "the event that was too much has its letter");
    app.shutdown().await.unwrap();
}
