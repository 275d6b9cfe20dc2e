//! Who reads: tails through the public face of the store, and the naive reader that is the control.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use events::prelude::*;
use events::store::LogQuery;
use events::{Error, Position};
use events_tests::random::Random;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::verdict::Place;
use crate::writers::{SCHEMAS, is_cut, open_whatever_happens};

/// How long a reader may take to get to the end when nobody writes any more.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits when there is nothing new.
const PACE: Duration = Duration::from_millis(5);

/// All that read, each for itself.
pub(crate) struct Readers {
    /// How far the naive reader is.
    pub(crate) naive_at: watch::Receiver<u64>,
    tails: Vec<JoinHandle<Result<Vec<Place>>>>,
    of_other: JoinHandle<Result<Vec<Place>>>,
    naive: JoinHandle<Result<Vec<Place>>>,
    goal: watch::Sender<Option<u64>>,
    goal_of_other: watch::Sender<Option<u64>>,
}

/// What they have seen.
pub(crate) struct Seen {
    pub(crate) tails: Vec<Vec<Place>>,
    pub(crate) of_other: Vec<Place>,
    pub(crate) naive: Vec<Place>,
}

impl Readers {
    pub(crate) fn start(url: &str) -> Self {
        let [watched, other] = SCHEMAS;
        let ((sender, goal), (goal_of_other, goal_there)) = (Goal::new(), Goal::new());
        let (told, naive_at) = watch::channel(0);
        let cursors = [Cursor::LastEvent, Cursor::Through, Cursor::Reopening];
        let follow = |cursor| tokio::spawn(tail(url.to_owned(), watched, cursor, goal.clone()));
        Self {
            naive_at,
            tails: cursors.into_iter().map(follow).collect(),
            of_other: tokio::spawn(tail(url.to_owned(), other, Cursor::LastEvent, goal_there)),
            naive: tokio::spawn(naive(url.to_owned(), goal.clone(), told)),
            goal: sender,
            goal_of_other,
        }
    }

    /// Lets them read to the end, now that it is known.
    pub(crate) async fn finish(self, committed: &[Place], committed_there: &[Place]) -> Result<Seen> {
        let last = |places: &[Place]| Some(places.last().map_or(0, |place| place.position));
        self.goal.send_replace(last(committed));
        self.goal_of_other.send_replace(last(committed_there));
        let mut tails = Vec::new();
        for tail in self.tails {
            tails.push(tail.await??);
        }
        Ok(Seen { tails, of_other: self.of_other.await??, naive: self.naive.await?? })
    }
}

/// How a tail goes on from a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    /// After the last event that it has seen.
    LastEvent,
    /// After what the page has looked at.
    Through,
    /// As the first, on a store that is opened anew now and then.
    Reopening,
}

/// How far a reader has to go: nobody knows until all writers are gone.
#[derive(Debug, Clone)]
struct Goal(watch::Receiver<Option<u64>>);

impl Goal {
    fn new() -> (watch::Sender<Option<u64>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    /// Whether the reader can end: it is there, or it has had all the time it needs.
    fn is_reached(&self, position: u64, since: &mut Option<Instant>) -> bool {
        let goal = *self.0.borrow();
        let Some(goal) = goal else { return false };
        let since = *since.get_or_insert_with(Instant::now);
        position >= goal || since.elapsed() > PATIENCE
    }
}

/// Follows the log up to the goal.
async fn tail(url: String, schema: &'static str, cursor: Cursor, goal: Goal) -> Result<Vec<Place>> {
    let mut random = Random::of(&[cursor as u64]);
    let mut store = open_whatever_happens(&url, schema).await?;
    let (mut seen, mut after, mut since) = (Vec::new(), Position::START, None);
    let mut pace = tokio::time::interval(PACE);
    while !goal.is_reached(after.value(), &mut since) {
        let limit = usize::try_from(random.between(1, 300))?;
        match store.read_log(LogQuery::new().after(after).with_limit(limit)).await {
            Ok(page) if page.events().is_empty() => {
                if cursor == Cursor::Through {
                    after = page.through();
                }
                pace.tick().await;
            }
            Ok(page) => {
                let last = page.events().last().map_or(after, RecordedEvent::position);
                after = if cursor == Cursor::Through { page.through() } else { last };
                seen.extend(page.events().iter().map(place));
            }
            Err(error) if is_away(&error) => drop(pace.tick().await),
            Err(error) => bail!(error),
        }
        if cursor == Cursor::Reopening && random.percent(5) {
            store = open_whatever_happens(&url, schema).await?;
        }
    }
    Ok(seen)
}

fn place(event: &RecordedEvent) -> Place {
    Place {
        position: event.position().value(),
        id: event.metadata().event_id(),
        stream: event.stream().id().to_string(),
        version: event.version().value(),
    }
}

fn is_away(error: &Error) -> bool {
    error.is_unavailable() || error.is_timeout()
}

/// Reads the table behind its last position, as one does who knows nothing of transactions that
/// commit later than others; tells how far it is.
async fn naive(url: String, goal: Goal, told: watch::Sender<u64>) -> Result<Vec<Place>> {
    let (mut seen, mut after, mut since) = (Vec::new(), 0, None);
    let mut pace = tokio::time::interval(PACE);
    let mut connection = None;
    while !goal.is_reached(after, &mut since) {
        pace.tick().await;
        match rows_after(&mut connection, &url, SCHEMAS[0], after).await {
            Ok(rows) => {
                after = rows.last().map_or(after, |place| place.position);
                seen.extend(rows);
                told.send_replace(after);
            }
            Err(error) if is_cut(&error) => connection = None,
            Err(error) => bail!(error),
        }
    }
    Ok(seen)
}

/// All events of a store, when nobody writes any more.
pub(crate) async fn committed(url: &str, schema: &str) -> Result<Vec<Place>, sqlx::Error> {
    rows_after(&mut None, url, schema, 0).await
}

/// The events of a store that are visible, in the order of their positions.
async fn rows_after(
    connection: &mut Option<PgConnection>,
    url: &str,
    schema: &str,
    after: u64,
) -> Result<Vec<Place>, sqlx::Error> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(PgConnection::connect(url).await?),
    };
    let sql = format!(
        "SELECT position, event_id::text, aggregate_id, version FROM {schema}.events WHERE position > $1 ORDER BY position"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(after.cast_signed()).fetch_all(open).await?;
    rows.iter().map(row).collect()
}

fn row(row: &PgRow) -> Result<Place, sqlx::Error> {
    let number = |index: usize| row.try_get::<i64, _>(index).map(i64::cast_unsigned);
    let id: Uuid = row.try_get::<&str, _>(1)?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Place { position: number(0)?, id: id.into(), stream: row.try_get(2)?, version: number(3)? })
}
