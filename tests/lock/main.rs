//! `events.lock` and the shapes in it. What one test calls the program of before and of after are two
//! modules of this one, with events of the same names.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod files;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod serde_attributes;
#[cfg(test)]
mod shapes;

/// What a module of this program has.
#[cfg(test)]
fn state(module: &str) -> events::testing::EventsLock {
    let catalog = events::catalog().in_module(&format!("lock::{module}"));
    assert!(!catalog.events().is_empty(), "nothing is in {module}");
    events::testing::EventsLock::of(&catalog)
}
