//! Which events wait for each other, and which lane they belong to.

use super::Host;
use crate::event::RecordedEvent;
use crate::handler::Order;
use crate::hash::Fnv;
use crate::id::StreamId;

/// The key of handlers that handle one event after the other.
const EVERYTHING: &str = "*";

/// The key of an event; none where no event waits for another.
pub(super) fn key(order: Order, event: &RecordedEvent, host: &(impl Host + ?Sized)) -> Option<String> {
    match order {
        Order::Stream => Some(event.stream().to_string()),
        Order::Key(key) => {
            let made = host.decode(event).and_then(|event| key(&*event));
            Some(made.unwrap_or_else(|| event.stream().to_string()))
        }
        Order::Global => Some(EVERYTHING.to_owned()),
        Order::None => None,
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
