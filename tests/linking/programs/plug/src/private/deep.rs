//! Not to be named from the crate's root either.

use events::event_handler;

use crate::Plugged;

#[event_handler]
fn on_plugged_deep_inside(_: &Plugged) {}
