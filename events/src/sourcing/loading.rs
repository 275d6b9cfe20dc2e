//! From a stream to a state.

use std::future::poll_fn;
use std::task::Poll;

use chrono::{DateTime, Utc};

use super::{Aggregate, AggregateEvent, AggregateRoot, snapshots};
use crate::error::{Error, ErrorKind};
use crate::event::{EventData, RecordedEvent};
use crate::id::{StreamId, Version};
use crate::store::{DataPage, EventStore, FIRST_PAGE, PAGE, StreamQuery};

/// Loads the aggregate as it is now, from its snapshot if there is one that fits.
pub(crate) async fn load<A: Aggregate>(store: &EventStore, id: A::Id) -> Result<AggregateRoot<A>, Error> {
    let mut root: AggregateRoot<A> = AggregateRoot::at(id, store.now());
    let stream = root.stream();
    if A::DESCRIPTOR.snapshot_every().is_some() && resume(store, &stream, &mut root).await? {
        return Ok(root);
    }
    replay(store, &stream, &mut root, StreamQuery::new()).await?;
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
    let page = store.stream_data(stream, query.clone().with_limit(FIRST_PAGE)).await?;
    if page.events().next().is_none_or(|own| own.version != snapshot.version) {
        tracing::warn!(%stream, version = %snapshot.version, "the snapshot is newer than its stream: replaying");
        // It would be taken for one of the stream's own once that has grown as long.
        store.delete_snapshot(stream).await?;
        return Ok(false);
    }
    root.resume(state, snapshot.version);
    replay_from(store, stream, root, query, page).await?;
    Ok(true)
}

/// Folds the events of a stream that the query picks, in pages.
pub(crate) async fn replay<A: Aggregate>(
    store: &EventStore,
    stream: &StreamId,
    root: &mut AggregateRoot<A>,
    query: StreamQuery,
) -> Result<(), Error> {
    let first = store.stream_data(stream, query.clone().with_limit(FIRST_PAGE)).await?;
    replay_from(store, stream, root, query, first).await
}

/// Folds a page of the query's events, and those after it.
async fn replay_from<A: Aggregate>(
    store: &EventStore,
    stream: &StreamId,
    root: &mut AggregateRoot<A>,
    query: StreamQuery,
    mut page: DataPage,
) -> Result<(), Error> {
    while let Some(last) = page.last_version().filter(|last| page.has_more() && *last < query.highest()) {
        let rest = query.clone().from(last.next()).with_limit(PAGE);
        let mut next = store.stream_data(stream, rest);
        // Begun before these are folded, so that a store which reads aside reads meanwhile.
        let begun = poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx))).await;
        fold(root, stream, &page)?;
        page = match begun {
            Poll::Ready(read) => read?,
            Poll::Pending => next.await?,
        };
    }
    fold(root, stream, &page)
}

/// Folds the events of a stream that were recorded up to that time.
pub(crate) async fn replay_until<A: Aggregate>(
    store: &EventStore,
    stream: &StreamId,
    root: &mut AggregateRoot<A>,
    time: DateTime<Utc>,
) -> Result<(), Error> {
    let mut query = StreamQuery::new();
    loop {
        let events = store.stream_page(stream, &query).await?;
        let is_later = |event: &RecordedEvent| event.metadata().recorded_at().is_some_and(|at| at > time);
        let end = events.iter().position(is_later);
        let wanted = events.get(..end.unwrap_or(events.len())).unwrap_or_default();
        let last = wanted.last().map(|last| last.metadata().clone());
        fold(root, stream, &wanted.iter().collect::<DataPage>().with_last(last))?;
        match events.last() {
            Some(last) if end.is_none() && events.len() == PAGE => query = query.from(last.version().next()),
            _ => return Ok(()),
        }
    }
}

/// Folds a page. An event at the root's own version is the one that its snapshot was taken at.
fn fold<A: Aggregate>(root: &mut AggregateRoot<A>, stream: &StreamId, page: &DataPage) -> Result<(), Error> {
    let snapshot = root.snapshot_version();
    for event in page.events().skip_while(|event| event.version == snapshot) {
        check_follows(stream, root.version(), event)?;
        root.replay(&A::Event::decode(&event)?, event.version);
    }
    if let Some(last) = page.last() {
        root.note_last_change(last);
    }
    Ok(())
}

/// A state without one of its events would be a wrong one, so a stream must not have a gap.
pub(crate) fn check_follows(stream: &StreamId, last: Version, event: EventData<'_>) -> Result<(), Error> {
    let (expected, found) = (last.next(), event.version);
    if found == expected {
        return Ok(());
    }
    let message = format!("stream `{stream}` can't be replayed: version {expected} was expected, {found} was found");
    Err(Error::new(ErrorKind::Decode, message))
}
