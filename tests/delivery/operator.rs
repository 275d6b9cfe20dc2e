//! The operator: has dead letters tried again, by one run after the other.

use std::num::NonZeroU32;

use anyhow::Result;
use events::EventStore;
use events::prelude::*;
use events::store::RunPace;

/// Asks for runs, and leaves them to the workers.
pub(crate) struct Operator {
    letters: DeadLetterQueue,
    /// How many runs it has asked for.
    pub(crate) runs: u64,
}

impl Operator {
    pub(crate) fn new(store: &EventStore) -> Self {
        Self { letters: DeadLetterQueue::new(store.clone()), runs: 0 }
    }

    /// Asks for a run over all that is dead, unless one is under way.
    pub(crate) async fn look(&mut self) -> Result<()> {
        let last = self.letters.runs().await?.into_iter().next();
        if last.is_some_and(|run| run.operation.state.is_open()) {
            return Ok(());
        }
        let pace = RunPace::new().stop_after(NonZeroU32::MAX);
        let audit = Audit::by("operator").because("it may work by now");
        if self.letters.start_run(LetterQuery::all(), pace, audit).await?.is_some() {
            self.runs += 1;
        }
        Ok(())
    }

    /// How many letters are open.
    pub(crate) async fn open(&self) -> Result<usize> {
        let open = LetterQuery::new().status(LetterStatus::Retrying).status(LetterStatus::Dead);
        Ok(self.letters.list(open).await?.len())
    }
}
