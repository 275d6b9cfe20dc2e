//! A library with handlers that is loaded into a running program, or depended on as any other.

use events::{DomainEvent, event_handler};
use serde::{Deserialize, Serialize};

/// Something was loaded.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "plugin.loaded", no_stream)]
pub struct Loaded;

/// A handler.
#[event_handler]
pub fn on_loaded(_: &Loaded) {}

/// Prints what the library knows, for the program that has loaded it.
#[expect(unsafe_code, reason = "a library has no other way to be called by a program that doesn't depend on it")]
#[unsafe(no_mangle)]
pub extern "C" fn plugin_report() {
    report::print();
}
