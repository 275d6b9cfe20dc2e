//! When a snapshot is due, what is in it, and whether it fits.

use serde_json::Value;

use super::fingerprint::fingerprint;
use super::{Aggregate, AggregateRoot};
use crate::event::Payload;
use crate::store::Snapshot;

/// Whether enough events have come since the last snapshot.
pub(crate) fn is_due<A: Aggregate>(root: &AggregateRoot<A>) -> bool {
    let new = root.version().value().saturating_sub(root.snapshot_version().value());
    A::DESCRIPTOR.snapshot_every().is_some_and(|every| new >= u64::from(every))
}

/// The snapshot of an aggregate as it was loaded; `None` if its state doesn't come back from JSON
/// as it was, for then a load from the snapshot would differ from a replay.
pub(crate) fn of<A: Aggregate>(root: &AggregateRoot<A>) -> Option<Snapshot> {
    let (stream, version) = (root.stream(), root.version());
    let state = match Payload::encode(root.state()) {
        Ok(state) => state,
        Err(error) => {
            tracing::warn!(%stream, %version, %error, "the aggregate's state can't be written as a snapshot");
            return None;
        }
    };
    if !comes_back::<A>(&state) {
        tracing::warn!(%stream, %version, "the aggregate's state doesn't come back from JSON as it was: no snapshot");
        return None;
    }
    Some(Snapshot { stream, version, fingerprint: fingerprint::<A>(), taken_at: root.now(), state })
}

/// Whether the state, read and written again, is the same JSON.
fn comes_back<A: Aggregate>(state: &Payload) -> bool {
    let again = serde_json::from_str::<A>(state.as_json()).ok().and_then(|read| Payload::encode(&read).ok());
    again.is_some_and(|again| again == *state || same_up_to_order(&again, state))
}

/// Sets and maps that hash are written in another order each time.
fn same_up_to_order(left: &Payload, right: &Payload) -> bool {
    let sorted = |state: &Payload| serde_json::from_str(state.as_json()).map(sorted).ok();
    sorted(left).is_some_and(|left| Some(left) == sorted(right))
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(values) => {
            let mut values: Vec<_> = values.into_iter().map(sorted).collect();
            values.sort_by_cached_key(Value::to_string);
            Value::Array(values)
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            fields.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(fields.into_iter().collect())
        }
        other => other,
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
