//! What it costs that a log is large.

use events::prelude::*;
use events::store::Append;

use crate::floor::Floor;
use crate::{Bench, BoxError, CALORIES, Diary, commit, compare, repeat, timed};

const SMALL: usize = 1_000;
const LARGE: usize = 1_000_000;
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
                let batch = log.batch()?;
                let ours = bench.append_all(&log.store, batch.clone())?;
                Ok((ours, timed(|| batch.iter().try_for_each(|commit| log.floor.append(commit)))?))
            })?;
        }
        if bench.wants(load) {
            let floor = || timed(|| repeat(LOADS, log.total(), || log.floor.load(log.user)));
            compare(load, || Ok((log.load(bench)?, floor()?)))?;
        }
    }
    let [small, large] = &logs;
    if bench.wants(append) {
        let of = |log: &Log| bench.append_all(&log.store, log.batch()?);
        compare(append, || Ok((of(large)?, of(small)?)))?;
    }
    if bench.wants(load) {
        compare(load, || Ok((large.load(bench)?, small.load(bench)?)))?;
    }
    Ok(())
}

/// A log of some size, ours and the floor's, and an aggregate in it.
struct Log {
    store: EventStore,
    floor: Floor,
    user: Uuid,
    others: Vec<Uuid>,
}

impl Log {
    fn fill(bench: &Bench, size: usize) -> Result<Self, BoxError> {
        let (store, floor) = bench.open(&format!("log-of-{size}"))?;
        let others: Vec<_> = (0..size / SMALL).map(|_| Uuid::now_v7()).collect();
        for other in &others {
            bench.fill(&store, &floor, *other, SMALL)?;
        }
        let user = Uuid::now_v7();
        bench.fill(&store, &floor, user, LOADED)?;
        Ok(Self { store, floor, user, others })
    }

    /// Single events of streams that are there.
    fn batch(&self) -> Result<Vec<Append>, BoxError> {
        self.others.iter().cycle().take(COMMITS).map(|other| commit(*other, 1)).collect()
    }

    fn total(&self) -> u64 {
        u64::from(CALORIES) * u64::try_from(LOADED).unwrap_or(u64::MAX)
    }

    fn load(&self, bench: &Bench) -> Result<f64, BoxError> {
        let repository = EventSourcing::new(self.store.clone());
        let load = || Ok(bench.runtime.block_on(repository.load::<Diary>(self.user))?.calories);
        timed(|| repeat(LOADS, self.total(), load))
    }
}
