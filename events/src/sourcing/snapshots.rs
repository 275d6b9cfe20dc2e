//! Taking snapshots and judging them.

use chrono::{DateTime, Utc};

use super::fingerprint::fingerprint;
use super::{Aggregate, AggregateRoot};
use crate::event::Payload;
use crate::id::{StreamId, Version};
use crate::store::{EventStore, Snapshot};

/// Whether a snapshot is due once the aggregate has reached `version`.
pub(crate) fn is_due<A: Aggregate>(root: &AggregateRoot<A>, version: Version) -> bool {
    A::DESCRIPTOR
        .snapshot_every()
        .and_then(|every| version.value().checked_sub(root.snapshot_version().value()).map(|new| (new, every)))
        .is_some_and(|(new, every)| new >= u64::from(every))
}

/// Takes a snapshot; one that can't be taken is only missed as a cache is.
pub(crate) fn take<A: Aggregate>(
    state: &A,
    stream: StreamId,
    version: Version,
    now: DateTime<Utc>,
) -> Option<Snapshot> {
    match Payload::encode(state) {
        Ok(state) => Some(Snapshot { stream, version, fingerprint: fingerprint::<A>(), taken_at: now, state }),
        Err(error) => {
            tracing::warn!(%stream, %version, %error, "the aggregate's state can't be written as a snapshot");
            None
        }
    }
}

/// Writes a snapshot, off the caller's path.
pub(crate) async fn write(store: EventStore, snapshot: Snapshot) {
    let span = tracing::debug_span!("snapshot", stream = %snapshot.stream, version = %snapshot.version);
    let stream = snapshot.stream.clone();
    let saved = tracing::Instrument::instrument(store.save_snapshot(snapshot), span).await;
    if let Err(error) = saved {
        tracing::warn!(%stream, %error, "the snapshot wasn't written; the next load replays more events");
    }
}

/// The state of a snapshot, if it fits the code and can be read.
pub(crate) fn read<A: Aggregate>(snapshot: &Snapshot) -> Option<A> {
    if snapshot.fingerprint != fingerprint::<A>() {
        tracing::debug!(stream = %snapshot.stream, "the snapshot is of other code: replaying");
        return None;
    }
    match serde_json::from_str(snapshot.state.as_json()) {
        Ok(state) => Some(state),
        Err(error) => {
            // The reader's own words may quote the state; its place in the text doesn't.
            let (line, column) = (error.line(), error.column());
            tracing::debug!(stream = %snapshot.stream, line, column, "the snapshot can't be read: replaying");
            None
        }
    }
}
