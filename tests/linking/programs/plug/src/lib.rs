//! Handlers of a crate that a program depends on.

use events::{DomainEvent, event_handler};
use serde::{Deserialize, Serialize};

mod private;

/// Something was plugged in.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "plug.plugged", no_stream)]
pub struct Plugged;

/// In the crate's root.
#[event_handler]
pub fn on_plugged(_: &Plugged) {}
