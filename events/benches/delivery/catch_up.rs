//! A durable handler that catches up with a log.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use events::BoxError;
use events::Position;
use events::delivery::DurableHandlers;
use events::prelude::*;
use rusqlite::{Connection, Rows};
use tokio::sync::Notify;

use crate::support::{CALORIES, Meal, timed};
use crate::{Bench, compare, fill};

pub(crate) const EVENTS: usize = 200_000;
pub(crate) const BAR: f64 = 1.5;

/// What both sides do with an event.
#[derive(Default)]
pub(crate) struct Diet {
    meals: AtomicU64,
    calories: AtomicU64,
    /// After how many meals somebody is told.
    expected: u64,
    complete: Notify,
}

impl Diet {
    pub(crate) fn of(meals: usize) -> Result<Self, BoxError> {
        Ok(Self { expected: u64::try_from(meals)?, ..Self::default() })
    }

    pub(crate) fn eat(&self, meal: &Meal) {
        self.calories.fetch_add(u64::from(meal.calories), Ordering::Relaxed);
        if self.meals.fetch_add(1, Ordering::Relaxed) + 1 == self.expected {
            self.complete.notify_one();
        }
    }

    /// That each meal was met once.
    pub(crate) fn check(&self) -> Result<(), BoxError> {
        let (meals, calories) = (self.meals.load(Ordering::Relaxed), self.calories.load(Ordering::Relaxed));
        if meals != self.expected || calories != meals * u64::from(CALORIES) {
            return Err(format!("{meals} meals of {calories} calories, instead of {}", self.expected).into());
        }
        Ok(())
    }
}

#[event_handler(durable(from = "start"))]
fn eat(meal: &Meal, State(diet): State<&Arc<Diet>>) {
    diet.eat(meal);
}

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    let names = ["sqlite-catch-up", "sqlite-catch-up-whole"];
    if !names.iter().any(|name| bench.wants(name)) {
        return Ok(());
    }
    let file = bench.file("catch-up.db");
    let store = bench.runtime.block_on(EventStore::sqlite(&file))?;
    bench.runtime.block_on(fill(&store, EVENTS))?;
    for (name, reads) in names.into_iter().zip([(PAYLOADS, page as Page), (WHOLE, whole_page)]) {
        if bench.wants(name) {
            let by_hand = ByHand::open(&file)?;
            compare(name, BAR, || Ok((ours(bench, &store)?, timed(|| by_hand.follow(reads))?)))?;
        }
    }
    Ok(bench.runtime.block_on(store.close())?)
}

/// How long our handler takes, beginning anew.
pub(crate) fn ours(bench: &Bench, store: &EventStore) -> Result<f64, BoxError> {
    let took = timed(|| bench.runtime.block_on(follow(store, EVENTS)))?;
    bench.runtime.block_on(begin_anew(store))?;
    Ok(took)
}

/// From the start of a dispatcher to the end of its shutdown.
pub(crate) async fn follow(store: &EventStore, events: usize) -> Result<(), BoxError> {
    let diet = Arc::new(Diet::of(events)?);
    let builder = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![eat]));
    let app = builder.store(store.clone()).state(Arc::clone(&diet)).start().await?;
    diet.complete.notified().await;
    app.shutdown().await?;
    diet.check()
}

/// Looks at the checkpoint that was left, and takes it back.
async fn begin_anew(store: &EventStore) -> Result<(), BoxError> {
    let handlers = DurableHandlers::new(store.clone());
    let behind: u64 = handlers.lag().await?.iter().map(|lag| lag.positions).sum();
    if behind > 0 {
        return Err(format!("the checkpoint is {behind} positions behind").into());
    }
    Ok(handlers.reset("eat", Position::START, Audit::by("bench")).await?)
}

const PAYLOADS: &str =
    "SELECT position, event_name, payload FROM events WHERE position > ?1 ORDER BY position LIMIT 1000";
const WHOLE: &str = "SELECT position, event_name, payload, event_id, aggregate, aggregate_id, version, schema_version, \
                     occurred_at, recorded_at, correlation_id, causation_id, actor, tenant, metadata FROM events \
                     WHERE position > ?1 ORDER BY position LIMIT 1000";

/// Calls the function with a page, and answers with its last position.
type Page = fn(&mut Rows<'_>, &Diet) -> Result<Option<i64>, BoxError>;

/// What one would write by hand with rusqlite, on the same table.
struct ByHand(Connection);

impl ByHand {
    fn open(file: &Path) -> Result<Self, BoxError> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS by_hand (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
             INSERT INTO by_hand VALUES ('eat', 0) ON CONFLICT DO NOTHING;",
        )?;
        Ok(Self(connection))
    }

    fn follow(&self, (log, page): (&str, Page)) -> Result<(), BoxError> {
        const SAVE: &str = "UPDATE by_hand SET position = ?1 WHERE name = 'eat'";
        let diet = Diet::of(EVENTS)?;
        let mut after = 0;
        loop {
            let last = page(&mut self.0.prepare_cached(log)?.query([after])?, &diet)?;
            let Some(last) = last else { return diet.check() };
            self.0.prepare_cached(SAVE)?.execute([last])?;
            after = last;
        }
    }
}

fn page(rows: &mut Rows<'_>, diet: &Diet) -> Result<Option<i64>, BoxError> {
    let mut last = None;
    while let Some(row) = rows.next()? {
        last = Some(row.get(0)?);
        if row.get_ref(1)?.as_str()? == "meal_logged" {
            diet.eat(&serde_json::from_str(row.get_ref(2)?.as_str()?)?);
        }
    }
    Ok(last)
}

/// With the metadata of the page, kept until its events were handled.
fn whole_page(rows: &mut Rows<'_>, diet: &Diet) -> Result<Option<i64>, BoxError> {
    type Row = (i64, String, String, Uuid, String, Uuid, i64, i64, i64, i64, Uuid, Option<String>, Option<String>);
    let mut events: Vec<Row> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = |index| -> Result<Uuid, BoxError> { Ok(row.get_ref(index)?.as_str()?.parse()?) };
        events.push((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            id(3)?,
            row.get(4)?,
            id(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
            row.get(9)?,
            id(10)?,
            row.get(11)?,
            row.get(12)?,
        ));
    }
    for event in events.iter().filter(|event| event.1 == "meal_logged") {
        diet.eat(&serde_json::from_str(&event.2)?);
    }
    Ok(events.last().map(|last| last.0))
}
