//! How long the SQLite store takes, against hand-written rusqlite measured in the same run.
//!
//! `cargo bench -p events --bench store [-- WORKLOAD]` prints one line `ratio WORKLOAD VALUE` per
//! workload: our time divided by the floor's, the median over rounds in which the two take turns.
//!
//! - `append-N`: commits of N events, one after the other.
//! - `appenders-N`: N tasks that append single events; the floor's share one connection.
//! - `load-N`: loads an aggregate of N events. The floor reads nothing but their payloads.
//! - `load-whole-N`: reads a stream of N events with their metadata, and decodes them; so does the floor.
//! - `scan`: reads a log of 200,000 events in pages of 1,000, decoding each event. The floor reads the
//!   names and payloads.
//! - `scan-whole`: the same with the metadata; the floor reads it too.
//! - `append-at-N`, `load-at-N`: commits of one event, and aggregates of ten, in a log that has N already.
//! - `append-large-to-small`, `load-large-to-small`: ours with a million events in the log, divided by
//!   ours with a thousand.
//!
//! - `postgres-append-N`, `postgres-appenders-N`, `postgres-load-N`, `postgres-scan`,
//!   `postgres-append-large-to-small`, `postgres-load-large-to-small`: the same on PostgreSQL, with
//!   `--features postgres`. The floor is one statement per commit, on a pool of 16 connections.
//!
//! Set `TMPDIR` to a folder on the disk that is meant.

#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

mod floor;
#[cfg(not(feature = "postgres"))]
#[path = "no_postgres.rs"]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres;
mod sizes;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use events::BoxError;
use events::prelude::*;
use events::store::{Append, LogQuery, StreamQuery};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use floor::Floor;
use support::{CALORIES, Meal, Wanted, commit, median_ratio, timed};

#[derive(Default, Serialize, Deserialize)]
struct Diary {
    calories: u64,
}

#[aggregate(name = "food_diary")]
impl Diary {
    #[when]
    fn logged(&mut self, event: &Meal) {
        self.calories += u64::from(event.calories);
    }
}

fn main() -> Result<(), BoxError> {
    let bench = Bench::new(Wanted::from_args())?;
    for (events, commits) in [(1, 500), (10, 200), (100, 100), (1_000, 20)] {
        bench.appends(events, commits)?;
    }
    for (tasks, commits) in [(8, 100), (64, 30)] {
        bench.appenders(tasks, commits)?;
    }
    bench.reads()?;
    postgres::run(&bench)?;
    sizes::run(&bench)
}

struct Bench {
    wanted: Wanted,
    runtime: Runtime,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(wanted: Wanted) -> Result<Self, BoxError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { wanted, runtime, folder: tempfile::tempdir()? })
    }

    fn wants(&self, workload: &str) -> bool {
        self.wanted.wants(workload)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, workload: &str) -> Result<(EventStore, Floor), BoxError> {
        let store = self.runtime.block_on(EventStore::sqlite(self.file(&format!("{workload}-ours.db"))))?;
        Ok((store, Floor::open(&self.file(&format!("{workload}-floor.db")))?))
    }

    fn appends(&self, events: usize, commits: usize) -> Result<(), BoxError> {
        let workload = format!("append-{events}");
        if !self.wants(&workload) {
            return Ok(());
        }
        let (store, floor) = self.open(&workload)?;
        let users: Vec<_> = (0..100).map(|_| Uuid::now_v7()).collect();
        compare(&workload, || {
            let batch: Vec<_> =
                users.iter().cycle().take(commits).map(|user| commit(*user, events)).collect::<Result<_, _>>()?;
            let ours = self.append_all(&store, batch.clone())?;
            Ok((ours, timed(|| batch.iter().try_for_each(|commit| floor.append(commit)))?))
        })
    }

    fn append_all(&self, store: &EventStore, batch: Vec<Append>) -> Result<f64, BoxError> {
        timed(|| {
            self.runtime.block_on(async {
                for commit in batch {
                    store.append(commit).await?;
                }
                Ok(())
            })
        })
    }

    fn appenders(&self, tasks: usize, commits: usize) -> Result<(), BoxError> {
        let workload = format!("appenders-{tasks}");
        if !self.wants(&workload) {
            return Ok(());
        }
        let (store, floor) = self.open(&workload)?;
        let floor = Arc::new(Mutex::new(floor));
        compare(&workload, || {
            let ours = work(tasks, commits)?;
            let theirs = ours.clone();
            let ours = timed(|| {
                self.join(ours, |batch| {
                    let store = store.clone();
                    self.runtime.spawn(async move {
                        for commit in batch {
                            store.append(commit).await?;
                        }
                        Ok(())
                    })
                })
            })?;
            let theirs = timed(|| {
                self.join(theirs, |batch| {
                    let floor = Arc::clone(&floor);
                    self.runtime.spawn_blocking(move || {
                        batch
                            .iter()
                            .try_for_each(|commit| floor.lock().unwrap_or_else(PoisonError::into_inner).append(commit))
                    })
                })
            })?;
            Ok((ours, theirs))
        })
    }

    fn join(
        &self,
        batches: Vec<Vec<Append>>,
        spawn: impl Fn(Vec<Append>) -> tokio::task::JoinHandle<Result<(), BoxError>>,
    ) -> Result<(), BoxError> {
        let tasks: Vec<_> = batches.into_iter().map(spawn).collect();
        tasks.into_iter().try_for_each(|task| self.runtime.block_on(task)?)
    }

    fn reads(&self) -> Result<(), BoxError> {
        const READS: [&str; 8] = [
            "load-10",
            "load-whole-10",
            "load-1000",
            "load-whole-1000",
            "load-100000",
            "load-whole-100000",
            "scan",
            "scan-whole",
        ];
        if !READS.iter().any(|workload| self.wants(workload)) {
            return Ok(());
        }
        let (store, floor) = self.open("reads")?;
        for (events, loads) in [(10, 2_000), (1_000, 50), (100_000, 1)] {
            let user = Uuid::now_v7();
            self.fill(&store, &floor, user, events)?;
            self.loads(&store, &floor, user, events, loads)?;
        }
        // Streams of ten events between the long one.
        for _ in 0..9_899 {
            self.fill(&store, &floor, Uuid::now_v7(), 10)?;
        }
        let total = floor.scan()?;
        self.measure("scan", 1, total, || scan(&store), || floor.scan())?;
        self.measure("scan-whole", 1, total, || scan_whole(&store), || floor.scan_whole())
    }

    fn loads(
        &self,
        store: &EventStore,
        floor: &Floor,
        user: Uuid,
        events: usize,
        loads: usize,
    ) -> Result<(), BoxError> {
        let total = u64::try_from(events)? * u64::from(CALORIES);
        let repository = EventSourcing::new(store.clone());
        let load = async || Ok(repository.load::<Diary>(user).await?.calories);
        self.measure(&format!("load-{events}"), loads, total, load, || floor.load(user))?;
        let stream = StreamId::new("food_diary", &user);
        let read = async || {
            let events = store.read_stream(&stream, StreamQuery::new()).await?;
            events.iter().try_fold(0, |sum, event| Ok(sum + u64::from(event.decode::<Meal>()?.calories)))
        };
        self.measure(&format!("load-whole-{events}"), loads, total, read, || floor.load_whole(user))
    }

    /// Compares two ways to find the same total.
    fn measure(
        &self,
        workload: &str,
        times: usize,
        total: u64,
        ours: impl AsyncFn() -> Result<u64, BoxError>,
        floor: impl Fn() -> Result<u64, BoxError>,
    ) -> Result<(), BoxError> {
        if !self.wants(workload) {
            return Ok(());
        }
        let ours = || timed(|| repeat(times, total, || self.runtime.block_on(ours())));
        compare(workload, || Ok((ours()?, timed(|| repeat(times, total, &floor))?)))
    }

    fn fill(&self, store: &EventStore, floor: &Floor, user: Uuid, events: usize) -> Result<(), BoxError> {
        let mut left = events;
        while left > 0 {
            let commit = commit(user, left.min(1_000))?;
            left -= commit.events().len();
            floor.append(&commit)?;
            self.runtime.block_on(store.append(commit))?;
        }
        Ok(())
    }
}

async fn scan(store: &EventStore) -> Result<u64, BoxError> {
    let (mut query, mut calories) = (LogQuery::new(), 0);
    loop {
        let page = store.read_log_data(query).await?;
        for event in page.events() {
            calories += u64::from(event.decode::<Meal>()?.calories);
        }
        if !page.has_more() {
            return Ok(calories);
        }
        query = LogQuery::new().after(page.through());
    }
}

async fn scan_whole(store: &EventStore) -> Result<u64, BoxError> {
    let (mut query, mut calories) = (LogQuery::new(), 0);
    loop {
        let page = store.read_log(query).await?;
        for event in page.events() {
            calories += u64::from(event.decode::<Meal>()?.calories);
        }
        let Some(next) = page.next() else { return Ok(calories) };
        query = LogQuery::new().after(next);
    }
}

/// The commits of each task, each of a stream of its own.
fn work(tasks: usize, commits: usize) -> Result<Vec<Vec<Append>>, BoxError> {
    let batch = |_| {
        let user = Uuid::now_v7();
        (0..commits).map(|_| commit(user, 1)).collect()
    };
    (0..tasks).map(batch).collect()
}

fn repeat(times: usize, total: u64, load: impl Fn() -> Result<u64, BoxError>) -> Result<(), BoxError> {
    for _ in 0..times {
        let found = load()?;
        if found != total {
            return Err(format!("read {found} calories, there are {total}").into());
        }
    }
    Ok(())
}

/// Prints the median of the rounds' ratios.
fn compare(workload: &str, round: impl Fn() -> Result<(f64, f64), BoxError>) -> Result<(), BoxError> {
    println!("ratio {workload} {:.2}", median_ratio(round)?);
    Ok(())
}
