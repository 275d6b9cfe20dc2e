//! The library of a package that has a program, too.

use events::{DomainEvent, event_handler};
use serde::{Deserialize, Serialize};

/// Something was owned.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "own.owned", no_stream)]
pub struct Owned;

/// A handler.
#[event_handler]
pub fn on_owned(_: &Owned) {}
