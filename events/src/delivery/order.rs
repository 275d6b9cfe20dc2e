//! Which events wait for each other, and which lane they belong to.

use super::Host;
use crate::event::{DecodeError, RecordedEvent};
use crate::handler::Order;
use crate::hash::Fnv;
use crate::id::StreamId;

/// The key of handlers that handle one event after the other.
const EVERYTHING: &str = "*";

/// The key of an event; none where no event waits for another.
///
/// # Errors
/// If the key is made of what is in the event, and this process is too old for it: a newer one may come
/// to another key than this one would guess.
pub(super) fn key(
    order: Order,
    event: &RecordedEvent,
    host: &(impl Host + ?Sized),
) -> Result<Option<String>, DecodeError> {
    let stream = || event.stream().to_string();
    match order {
        Order::Stream => Ok(Some(stream())),
        Order::Key(key) => Ok(Some(host.decode(event)?.and_then(|event| key(&*event)).unwrap_or_else(stream))),
        Order::Global => Ok(Some(EVERYTHING.to_owned())),
        Order::None => Ok(None),
    }
}

/// The lane that handles the events of a key; without one, those of a stream.
pub(super) fn partition(key: Option<&str>, event: &RecordedEvent, partitions: u32) -> u32 {
    let mut hash = Fnv::new();
    match key {
        Some(key) => hash.write(key),
        None => hash.write(&event.stream().to_string()),
    }
    u32::try_from(hash.finish() % u64::from(partitions.max(1))).unwrap_or(0)
}

/// The stream that a key names; `None` where the key could be that of several streams, because a
/// name in it has a slash too.
pub(super) fn stream(order: Order, key: &str) -> Option<StreamId> {
    match (order, key.split_once('/')) {
        (Order::Stream, Some((aggregate, id))) if !id.contains('/') => Some(StreamId::new(aggregate, &id.to_owned())),
        _ => None,
    }
}
