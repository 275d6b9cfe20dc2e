//! A program with a handler of its own, and `plugin` beside it as a shared library. It is loaded at
//! the program's start, by the system; for the registries that is the same as loading it later.

use events::{DomainEvent, event_handler};
use serde::{Deserialize, Serialize};

/// Something was hosted.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "host.hosted", no_stream)]
struct Hosted;

/// A handler.
#[event_handler]
fn on_hosted(_: &Hosted) {}

#[expect(unsafe_code, reason = "declares what the library exports")]
#[link(name = "plugin")]
unsafe extern "C" {
    safe fn plugin_report();
}

fn main() {
    println!("== host");
    report::print();
    println!("== plugin");
    plugin_report();
}
