//! Event sourcing: state is a fold over events.
//!
//! An [`Aggregate`] is a type whose state is only ever changed by its `#[when]` methods. Commands
//! look at the state and answer with events; the repository, [`EventSourcing`], loads, decides,
//! appends under the version it has seen, and begins again when another writer was faster.
//!
//! Snapshots are a cache and never the truth: one that doesn't fit the code, can't be read, or lies
//! beyond the end of its stream is left aside, and the state comes from the events alone. They are
//! taken of what the stored events lead to, and only of a state that JSON gives back as it was. What
//! serde never writes can't be seen to be missing: a `#[serde(skip)]` on a field of the *state*, or a
//! rounding there, shows in aggregates that are loaded from a snapshot.

mod aggregate;
mod error;
mod fingerprint;
mod handle;
mod history;
mod into_events;
mod loading;
mod pair;
mod repository;
mod root;
mod snapshots;
mod taking;

pub use aggregate::{Aggregate, AggregateDescriptor, AggregateEvent, AggregateSpec};
pub use error::ExecuteError;
pub use handle::AggregateHandle;
pub use history::{PointInTime, RecordedChange};
pub use into_events::IntoEvents;
pub use pair::PairHandle;
pub use repository::EventSourcing;
pub use root::AggregateRoot;
