//! A letter that was exported, tried again in a test.

use std::sync::Mutex;

use events::dead_letter::ExportedLetter;
use events::event::Payload;
use events::prelude::*;
use events::store::LetterQuery;
use events::testing::{LetterReplay, replay_letter};
use serde::{Deserialize, Serialize};

use crate::support::eventually;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "replay.counted", aggregate = "replay.counter")]
struct Counted {
    #[event(id)]
    counter: u64,
    by: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "replay.noted", no_stream)]
struct Noted;

/// The largest number that is understood, and what the handler has seen.
#[derive(Default)]
struct Desk {
    largest: u32,
    seen: Mutex<Vec<String>>,
}

impl Desk {
    fn of(largest: u32) -> Self {
        Self { largest, ..Self::default() }
    }

    fn take(&self, event: &Counted, attempt: Attempt) -> Result<(), HandlerError> {
        self.seen.lock().unwrap().push(format!("{} at attempt {}", event.by, attempt.number()));
        events::emit(Noted).map_err(HandlerError::permanent)?;
        if event.by <= self.largest { Ok(()) } else { Err(HandlerError::transient("too much")) }
    }
}

#[event_handler(retry(attempts = 1))]
async fn replay_inline(
    event: &Counted,
    attempt: Attempt,
    State(desk): State<&&'static Desk>,
) -> Result<(), HandlerError> {
    desk.take(event, attempt)
}

#[event_handler(durable(from = "start", renamed_from = "replay_old"), retry(attempts = 1))]
fn replay_durable(
    events: &[Envelope<'_, Counted>],
    attempt: Attempt,
    State(desk): State<&&'static Desk>,
) -> Result<(), HandlerError> {
    events.iter().try_for_each(|event| desk.take(event, attempt))
}

fn desk(largest: u32) -> &'static Desk {
    Box::leak(Box::new(Desk::of(largest)))
}

/// A letter of one of the handlers, as it is exported.
async fn exported(handlers: Vec<&'static events::handler::HandlerRegistration>) -> ExportedLetter {
    let builder = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers)).state(desk(0));
    let app = builder.start().await.unwrap();
    app.publish(Counted { counter: 7, by: 3 }).await.unwrap();
    let letters = app.dead_letters();
    eventually("it has failed", async || !letters.list(LetterQuery::new()).await.unwrap().is_empty()).await;
    let id = letters.list(LetterQuery::new()).await.unwrap()[0].id;
    let letter = letters.export(id).await.unwrap();
    app.shutdown().await.unwrap();
    letter
}

/// The handler gets the event and the number of the attempt, whatever sort of handler it is.
async fn is_called_again(letter: ExportedLetter) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.json");
    std::fs::write(&file, letter.to_json().unwrap()).unwrap();
    let strict = desk(2);
    let error = replay_letter(&file).state(strict).await.unwrap_err();
    assert_eq!((error.class(), error.to_string().as_str()), (Class::Transient, "too much"));
    let lenient = desk(3);
    replay_letter(&file).state(lenient).await.unwrap();
    assert_eq!([strict, lenient].map(|desk| desk.seen.lock().unwrap().concat()), ["3 at attempt 2"; 2]);
}

#[tokio::test]
async fn an_inline_handler_is_called_again() {
    is_called_again(exported(handlers![replay_inline]).await).await;
}

#[tokio::test]
async fn a_durable_handler_of_batches_is_called_with_a_slice_of_one() {
    is_called_again(exported(handlers![replay_durable]).await).await;
}

#[tokio::test]
async fn a_handler_is_found_by_its_former_name() {
    let mut letter = exported(handlers![replay_durable]).await;
    letter.handler = "replay_old".into();
    LetterReplay::of(letter).state(desk(3)).await.unwrap();
}

#[tokio::test]
async fn an_operator_s_data_is_used() {
    let mut letter = exported(handlers![replay_inline]).await;
    letter.edited = Some(Payload::from_json(r#"{"counter":7,"by":1}"#));
    let desk = desk(2);
    LetterReplay::of(letter.clone()).state(desk).await.unwrap();
    assert_eq!(desk.seen.lock().unwrap().concat(), "1 at attempt 2");
    letter.edited = Some(Payload::from_json(r#"{"counter":7}"#));
    assert_eq!(LetterReplay::of(letter).state(desk).await.unwrap_err().class(), Class::Decode);
}

#[tokio::test]
#[should_panic(expected = "no handler is named `replay_inline`; there are: replay_durable")]
async fn a_handler_that_is_not_there_is_missed() {
    let letter = exported(handlers![replay_inline]).await;
    drop(LetterReplay::of(letter).handlers(HandlerRegistry::only(handlers![replay_durable])).await);
}

#[tokio::test]
#[should_panic(expected = "add `.state(…)` with one")]
async fn a_state_that_is_not_given_is_missed() {
    drop(LetterReplay::of(exported(handlers![replay_inline]).await).await);
}

#[test]
#[should_panic(expected = "letter.json can't be read")]
fn a_file_that_is_not_there_is_missed() {
    drop(replay_letter("/nowhere/letter.json"));
}

/// What it writes is rolled back.
#[cfg(feature = "sqlite")]
mod transactions {
    use events::prelude::*;
    use events::testing::LetterReplay;
    use rusqlite::Connection;

    use super::{Counted, Desk, desk, exported, replay_inline};

    #[event_handler(durable(from = "start"), retry(attempts = 1))]
    fn replay_in_a_transaction(
        event: &Counted,
        attempt: Attempt,
        State(desk): State<&&'static Desk>,
        Tx(db): Tx<&mut Connection>,
    ) -> Result<(), HandlerError> {
        db.execute("INSERT INTO counted VALUES (?1)", [event.by]).map_err(HandlerError::permanent)?;
        desk.take(event, attempt)
    }

    #[tokio::test]
    async fn a_transaction_is_rolled_back() {
        let mut letter = exported(handlers![replay_inline]).await;
        letter.handler = "replay_in_a_transaction".into();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("counted.db");
        let store = EventStore::sqlite(&file).await.unwrap();
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("CREATE TABLE counted (number INTEGER NOT NULL)").unwrap();
        let desk = desk(3);
        LetterReplay::of(letter).store(store.clone()).state(desk).await.unwrap();
        assert_eq!(desk.seen.lock().unwrap().len(), 1);
        let rows: i64 = connection.query_row("SELECT count(*) FROM counted", [], |row| row.get(0)).unwrap();
        assert_eq!((rows, store.stats().await.unwrap().events), (0, 0));
    }

    #[tokio::test]
    #[should_panic(expected = "give one by `.store(…)`")]
    async fn a_store_without_transactions_is_refused() {
        let mut letter = exported(handlers![replay_inline]).await;
        letter.handler = "replay_in_a_transaction".into();
        drop(LetterReplay::of(letter).state(desk(3)).await);
    }
}
