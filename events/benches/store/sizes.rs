//! What it costs that a log is large.

use events::prelude::*;
use events::store::Append;

use crate::floor::Floor;
use crate::{Bench, BoxError, CALORIES, Diary, commit, compare, repeat, timed};

pub(crate) const SMALL: usize = 1_000;
pub(crate) const LARGE: usize = 1_000_000;
/// Commits and loads of a round.
const COMMITS: usize = 300;
const LOADS: usize = 2_000;
/// How many events the aggregate has that is loaded.
const LOADED: usize = 10;

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    let names = [SMALL, LARGE].map(|size| (format!("append-at-{size}"), format!("load-at-{size}")));
    let [append, load] = ["append-large-to-small", "load-large-to-small"];
    let sized = names.iter().any(|(append, load)| bench.wants(append) || bench.wants(load));
    if !sized && !bench.wants(append) && !bench.wants(load) {
        return Ok(());
    }
    let logs = [Log::fill(bench, SMALL)?, Log::fill(bench, LARGE)?];
    for (log, (append, load)) in logs.iter().zip(&names) {
        if bench.wants(append) {
            compare(append, || {
                let batch = log.ours.batch()?;
                let ours = bench.append_all(&log.ours.store, batch.clone())?;
                Ok((ours, timed(|| batch.iter().try_for_each(|commit| log.floor.append(commit)))?))
            })?;
        }
        if bench.wants(load) {
            let floor = || timed(|| repeat(LOADS, total(), || log.floor.load(log.ours.user)));
            compare(load, || Ok((log.ours.load(bench)?, floor()?)))?;
        }
    }
    let [small, large] = &logs;
    large_to_small(bench, "", &small.ours, &large.ours)
}

/// Compares a large log of ours with a small one.
pub(crate) fn large_to_small(bench: &Bench, prefix: &str, small: &Ours, large: &Ours) -> Result<(), BoxError> {
    let append = format!("{prefix}append-large-to-small");
    if bench.wants(&append) {
        let of = |log: &Ours| bench.append_all(&log.store, log.batch()?);
        compare(&append, || Ok((of(large)?, of(small)?)))?;
    }
    let load = format!("{prefix}load-large-to-small");
    if bench.wants(&load) {
        compare(&load, || Ok((large.load(bench)?, small.load(bench)?)))?;
    }
    Ok(())
}

/// A log of some size, ours and the floor's.
struct Log {
    ours: Ours,
    floor: Floor,
}

/// A store with a log of some size, the streams that make it up, and an aggregate in it.
pub(crate) struct Ours {
    pub(crate) store: EventStore,
    user: Uuid,
    others: Vec<Uuid>,
}

impl Log {
    fn fill(bench: &Bench, size: usize) -> Result<Self, BoxError> {
        let (store, floor) = bench.open(&format!("log-of-{size}"))?;
        let ours = Ours::fill(bench, store, size, |commit| floor.append(commit))?;
        Ok(Self { ours, floor })
    }
}

impl Ours {
    /// Appends that many events, and does the same with each commit elsewhere.
    pub(crate) fn fill(
        bench: &Bench,
        store: EventStore,
        size: usize,
        also: impl Fn(&Append) -> Result<(), BoxError>,
    ) -> Result<Self, BoxError> {
        let others: Vec<_> = (0..size / SMALL).map(|_| Uuid::now_v7()).collect();
        let user = Uuid::now_v7();
        for (of, events) in others.iter().map(|other| (*other, SMALL)).chain([(user, LOADED)]) {
            let commit = commit(of, events)?;
            also(&commit)?;
            bench.runtime.block_on(store.append(commit))?;
        }
        Ok(Self { store, user, others })
    }

    /// Single events of streams that are there.
    fn batch(&self) -> Result<Vec<Append>, BoxError> {
        self.others.iter().cycle().take(COMMITS).map(|other| commit(*other, 1)).collect()
    }

    fn load(&self, bench: &Bench) -> Result<f64, BoxError> {
        let repository = EventSourcing::new(self.store.clone());
        let load = || Ok(bench.runtime.block_on(repository.load::<Diary>(self.user))?.calories);
        timed(|| repeat(LOADS, total(), load))
    }
}

/// What an aggregate's calories come to.
fn total() -> u64 {
    u64::from(CALORIES) * u64::try_from(LOADED).unwrap_or(u64::MAX)
}
