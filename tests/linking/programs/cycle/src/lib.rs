//! A crate whose unit tests depend on a crate that depends on it: there it is linked twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use events::{DomainEvent, RecordedEvent, State, event_handler};
use serde::{Deserialize, Serialize};

/// How often a handler of this copy of the crate was called.
pub static CALLS: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];

/// Something was turned, as it was written at first.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "cycle.turned", no_stream)]
pub struct TurnedV1;

/// Something was turned.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "cycle.turned", version = 2, previous = TurnedV1, no_stream)]
pub struct Turned;

impl From<TurnedV1> for Turned {
    fn from(_: TurnedV1) -> Self {
        Self
    }
}

/// What a handler needs; a type of this copy of the crate.
pub struct Wheel;

/// A handler of the event.
#[event_handler]
pub fn on_turned(_: &Turned) {
    CALLS[0].fetch_add(1, Ordering::Relaxed);
}

/// A handler of all events.
#[event_handler(all)]
pub fn on_everything(_: &RecordedEvent) {
    CALLS[1].fetch_add(1, Ordering::Relaxed);
}

/// A handler with a state.
#[event_handler]
pub fn on_turned_with_wheel(_: &Turned, State(_): State<&Wheel>) {
    CALLS[2].fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use events::EventDispatcher;

    use super::*;

    /// What was called since the last time: in this copy of the crate, and in the other.
    fn calls() -> String {
        let [ours, theirs] =
            [&CALLS, &cycle_helper::CALLS].map(|copy| copy.each_ref().map(|calls| calls.swap(0, Ordering::Relaxed)));
        format!(
            "on_turned {}+{}, on_everything {}, on_turned_with_wheel {}+{}",
            ours[0],
            theirs[0],
            ours[1] + theirs[1],
            ours[2],
            theirs[2]
        )
    }

    fn run() {
        print!("{}", events::catalog());
        let app = match EventDispatcher::builder().state(Wheel).build() {
            Ok(app) => app,
            Err(error) => return println!("start: {error}"),
        };
        println!("start: ok");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(app.publish(Turned)).unwrap();
        println!("its own event: {}", calls());
        runtime.block_on(cycle_helper::publish(&app)).unwrap();
        println!("the copy's event: {}", calls());
    }

    #[test]
    fn report() {
        report::logged(run);
    }
}
