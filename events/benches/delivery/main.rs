//! What durable handlers and dead letters cost.
//!
//! `cargo bench -p events --bench delivery [-- WORKLOAD]` prints one line per value, and beside it the
//! bar that it is held to, if it has one.
//!
//! - `sqlite-catch-up`: a durable handler follows a log of 200,000 events from its start to its end, from
//!   the start of a dispatcher to the end of its shutdown, with all its checkpoints. The floor is a loop
//!   with rusqlite that reads positions, names and payloads of the same file in pages of 1,000, calls the
//!   same function with each event, and commits a checkpoint per page, just as durably. A ratio, the
//!   median over rounds in which the two take turns.
//! - `sqlite-catch-up-whole`: the same; the floor reads the metadata too, which ours hands to whoever asks.
//! - `postgres-catch-up`, `postgres-catch-up-whole`: the same on PostgreSQL, with `--features postgres`;
//!   the floor is written with sqlx.
//! - `latency`: from before a publish to SQLite until the durable handler is called, less the median of
//!   bare appends to another file, the two taking turns.
//! - `memory`: by how much a process grows that catches up with a million events.
//! - `redrive-durable`, `redrive-inline`: from asking for another attempt at 10,000 dead letters, of as many
//!   streams, until all are resolved.
//! - `redrive-run-durable`, `redrive-run-inline`: the same by a run without a rate, until it is done.
//! - `idle`: what 200 durable handlers without an event cost, in processor time and calls of the store.
//!
//! Set `TMPDIR` to a folder on the disk that is meant.

#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

mod catch_up;
mod counted;
mod idle;
mod latency;
mod memory;
#[cfg(not(feature = "postgres"))]
#[path = "no_postgres.rs"]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres;
mod process;
mod redrive;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;

use events::BoxError;
use events::prelude::*;
use tokio::runtime::Runtime;

use support::{Wanted, commit_of, median_ratio};

/// How many events a commit has that fills a log, and how many streams they are of.
const COMMIT: usize = 1_000;
const STREAMS: usize = 100;

fn main() -> Result<(), BoxError> {
    let bench = Bench::new()?;
    if let Some(file) = memory::child() {
        return memory::run_child(&bench, &file);
    }
    catch_up::run(&bench)?;
    postgres::run(&bench)?;
    latency::run(&bench)?;
    memory::run(&bench)?;
    redrive::run(&bench)?;
    idle::run(&bench)
}

struct Bench {
    wanted: Wanted,
    runtime: Runtime,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Result<Self, BoxError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { wanted: Wanted::from_args(), runtime, folder: tempfile::tempdir()? })
    }

    fn wants(&self, workload: &str) -> bool {
        self.wanted.wants(workload)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Appends that many events.
async fn fill(store: &EventStore, events: usize) -> Result<(), BoxError> {
    for _ in 0..events.div_ceil(COMMIT) {
        let users: Vec<_> = (0..STREAMS).map(|_| Uuid::now_v7()).collect();
        store.append(commit_of(users.into_iter().cycle().take(COMMIT))?).await?;
    }
    Ok(())
}

/// Prints the median of the rounds' ratios.
fn compare(workload: &str, bar: f64, round: impl Fn() -> Result<(f64, f64), BoxError>) -> Result<(), BoxError> {
    println!("ratio {workload} {:.2} (bar {bar})", median_ratio(round)?);
    Ok(())
}
