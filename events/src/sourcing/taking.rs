//! Taking a snapshot, off the caller's path.

use tracing::Instrument;

use super::{Aggregate, loading, snapshots};
use crate::error::Error;
use crate::id::StreamId;
use crate::store::EventStore;

/// Loads the aggregate and keeps its state; a snapshot that can't be taken is only missed as a cache is.
///
/// The state isn't that of the command: the command's events are folded as they are in memory, and a
/// replay folds what has come back from the store. Where serde drops or rounds something the two
/// differ, and a snapshot must lead to what a replay leads to.
pub(crate) async fn take<A: Aggregate>(store: EventStore, id: A::Id) {
    let span = tracing::debug_span!("snapshot", aggregate = A::DESCRIPTOR.name());
    let stream = StreamId::new(A::DESCRIPTOR.aggregate_name(), &id);
    let taken = try_take::<A>(&store, id).instrument(span).await;
    if let Err(error) = taken {
        tracing::warn!(%stream, %error, "the snapshot wasn't taken; the next load replays more events");
    }
}

async fn try_take<A: Aggregate>(store: &EventStore, id: A::Id) -> Result<(), Error> {
    let root = loading::load::<A>(store, id).await?;
    if root.version() > root.snapshot_version()
        && let Some(snapshot) = snapshots::of(&root)
    {
        store.save_snapshot(snapshot).await?;
    }
    Ok(())
}
