//! From a stream to a state.

use super::{Aggregate, AggregateEvent, AggregateRoot, snapshots};
use crate::error::{Error, ErrorKind};
use crate::event::RecordedEvent;
use crate::id::{StreamId, Version};
use crate::store::{EventStore, PAGE, StreamQuery};

/// Loads the aggregate as it is now, from its snapshot if there is one that fits.
pub(crate) async fn load<A: Aggregate>(store: &EventStore, id: A::Id) -> Result<AggregateRoot<A>, Error> {
    let mut root: AggregateRoot<A> = AggregateRoot::at(id, store.now());
    let stream = root.stream();
    if A::DESCRIPTOR.snapshot_every().is_some() && resume(store, &stream, &mut root).await? {
        return Ok(root);
    }
    replay(store, &stream, &mut root, StreamQuery::new(), |_| true).await?;
    Ok(root)
}

/// Goes on from the snapshot; answers `false`, the root untouched, when there is none that fits.
async fn resume<A: Aggregate>(
    store: &EventStore,
    stream: &StreamId,
    root: &mut AggregateRoot<A>,
) -> Result<bool, Error> {
    let Some(snapshot) = store.load_snapshot(stream).await? else { return Ok(false) };
    let Some(state) = snapshots::read::<A>(&snapshot) else { return Ok(false) };
    // The snapshot's own event is read again: if it isn't there, the stream is older than the
    // snapshot, as after restoring a backup.
    let query = StreamQuery::new().from(snapshot.version);
    let page = store.stream_page(stream, &query).await?;
    let Some((own, tail)) = page.split_first().filter(|(own, _)| own.version() == snapshot.version) else {
        tracing::warn!(%stream, version = %snapshot.version, "the snapshot is newer than its stream: replaying");
        // It would be taken for one of the stream's own once that has grown as long.
        store.delete_snapshot(stream).await?;
        return Ok(false);
    };
    root.resume(state, own.version());
    root.note_last_change(own.metadata());
    fold(root, tail)?;
    if let Some(last) = tail.last().filter(|_| page.len() == PAGE) {
        let rest = StreamQuery::new().from(last.version().next());
        replay(store, stream, root, rest, |_| true).await?;
    }
    Ok(true)
}

/// Folds the events of a query, a page at a time, as long as they are wanted.
pub(crate) async fn replay<A: Aggregate>(
    store: &EventStore,
    stream: &StreamId,
    root: &mut AggregateRoot<A>,
    mut query: StreamQuery,
    wanted: impl Fn(&RecordedEvent) -> bool,
) -> Result<(), Error> {
    loop {
        let page = store.stream_page(stream, &query).await?;
        let Some(last) = page.last().map(RecordedEvent::version) else { return Ok(()) };
        let end = page.iter().position(|event| !wanted(event));
        fold(root, page.get(..end.unwrap_or(page.len())).unwrap_or_default())?;
        // A page that isn't full was the last one.
        if end.is_some() || page.len() < PAGE || last >= query.highest() {
            return Ok(());
        }
        query = query.from(last.next());
    }
}

fn fold<A: Aggregate>(root: &mut AggregateRoot<A>, events: &[RecordedEvent]) -> Result<(), Error> {
    for event in events {
        check_follows(root.version(), event)?;
        root.replay(&A::Event::decode(event)?, event.version());
    }
    if let Some(last) = events.last() {
        root.note_last_change(last.metadata());
    }
    Ok(())
}

/// A state without one of its events would be a wrong one, so a stream must not have a gap.
pub(crate) fn check_follows(last: Version, event: &RecordedEvent) -> Result<(), Error> {
    let (stream, expected, found) = (event.stream(), last.next(), event.version());
    if found == expected {
        return Ok(());
    }
    let message = format!("stream `{stream}` can't be replayed: version {expected} was expected, {found} was found");
    Err(Error::new(ErrorKind::Decode, message))
}
