//! One run: how many letters to begin now, and when it ends.

use chrono::{DateTime, Utc};

use super::super::inner::Inner;
use crate::error::Error;
use crate::store::{AdvanceRun, FinishRequest, Operation, OperationState, RunPace, RunProgress};

/// How many letters of a run are tried at the same time.
const MOST: u64 = 64;

/// How fast this process has gone on with a run.
pub(super) struct Pacing {
    since: DateTime<Utc>,
    begun: u64,
}

impl Pacing {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { since: now, begun: 0 }
    }

    /// Begins what may be begun now, and ends the run where nothing is left to do.
    pub(super) async fn step(
        &mut self,
        inner: &Inner,
        run: &Operation,
        epoch: u64,
        pace: RunPace,
    ) -> Result<(), Error> {
        let backend = inner.store.backend();
        let Some(progress) = backend.run_progress(run.id).await? else { return Ok(()) };
        let (has_failed, now) = (progress.failed >= u64::from(pace.stops_after().get()), inner.now());
        if progress.retrying == 0 && (has_failed || progress.waiting == 0) {
            let state = if has_failed && progress.waiting > 0 { OperationState::Failed } else { OperationState::Done };
            let result = told(&progress, state);
            tracing::info!(operation = %run.id, %state, result, "a run has ended");
            let finish = FinishRequest { id: run.id, epoch, state, result, edited: None, at: now };
            // If it has passed to another process meanwhile, that one ends it.
            return backend.finish_request(finish).await.map(drop);
        }
        let letters = if has_failed { 0 } else { room(&progress).min(self.allowance(pace, now)) };
        if letters == 0 {
            return Ok(());
        }
        let letters = usize::try_from(letters).unwrap_or(usize::MAX);
        let step = backend.advance_run(AdvanceRun { id: run.id, epoch, letters, at: now }).await?;
        let begun = step.map_or(0, |step| step.begun.len() as u64);
        self.begun += begun;
        if begun > 0 {
            inner.note_letter_change();
        }
        Ok(())
    }

    /// How many letters the rate allows now: the first at once.
    fn allowance(&self, pace: RunPace, now: DateTime<Utc>) -> u64 {
        let Some(per_minute) = pace.most_per_minute() else { return u64::MAX };
        let elapsed = u128::try_from((now - self.since).num_milliseconds()).unwrap_or(0);
        let due = elapsed * u128::from(per_minute.get()) / 60_000;
        u64::try_from(due).unwrap_or(u64::MAX).saturating_add(1).saturating_sub(self.begun)
    }
}

/// How many letters may be begun beside those under way: one until one has succeeded, so that a run over
/// letters that aren't mended ends with one more failure and not with many.
fn room(progress: &RunProgress) -> u64 {
    let most = progress.resolved.saturating_mul(2).clamp(1, MOST);
    most.saturating_sub(progress.retrying)
}

/// What has come of a run, in words.
fn told(progress: &RunProgress, state: OperationState) -> String {
    let mut words = vec![format!("{} resolved", progress.resolved), format!("{} failed", progress.failed)];
    for (count, what) in [
        (progress.discarded, "discarded meanwhile"),
        (progress.gone(), "taken out meanwhile"),
        (progress.waiting, "not begun"),
    ] {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    }
    let words = words.join(", ");
    if state == OperationState::Failed { format!("stopped after failures: {words}") } else { words }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_run_begins_with_one_letter_and_grows_with_success() {
        let progress = |resolved, retrying| RunProgress { total: 999, resolved, retrying, ..RunProgress::default() };
        let rooms = [(0, 0), (0, 1), (1, 0), (1, 2), (10, 4), (500, 0), (500, 64)]
            .map(|(resolved, retrying)| room(&progress(resolved, retrying)));
        assert_eq!(rooms, [1, 0, 2, 0, 16, MOST, 0]);
    }

    #[test]
    fn a_rate_is_kept() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let mut pacing = Pacing::new(start);
        let pace = NonZeroU32::new(120).map_or(RunPace::new(), |rate| RunPace::new().per_minute(rate));
        assert_eq!(pacing.allowance(RunPace::new(), start), u64::MAX);
        assert_eq!(pacing.allowance(pace, start), 1);
        pacing.begun = 1;
        assert_eq!(pacing.allowance(pace, start + chrono::TimeDelta::milliseconds(499)), 0);
        assert_eq!(pacing.allowance(pace, start + chrono::TimeDelta::milliseconds(500)), 1);
        assert_eq!(pacing.allowance(pace, start + chrono::TimeDelta::minutes(1)), 120);
        assert_eq!(pacing.allowance(pace, start - chrono::TimeDelta::minutes(1)), 0, "the clock was put back");
    }
}
