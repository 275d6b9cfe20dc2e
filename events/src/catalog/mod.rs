//! What is registered: found at link time, selected, checked and listed.
//!
//! Link-time registration has one weakness: a crate that nothing names is left out by the linker,
//! and its handlers with it. So a program names the crates that have handlers
//! ([`link!`](crate::link)), what is registered can be listed ([`catalog`]) and chosen by name
//! ([`HandlerRegistry`]), and every mistake that can be seen at start is reported then, all at
//! once ([`StartError`]).
//!
//! | case | what happens | what helps |
//! |---|---|---|
//! | a dependency that the code never names | its handlers are missing | [`link!`](crate::link) or [`handlers!`](crate::handlers) |
//! | a package's own `lib.rs` that its `main.rs` never names | missing | the same, with the package's own name |
//! | an integration test that never names the crate | missing | the same, in the test |
//! | a dev-dependency cycle: a crate's unit tests depend on one that depends on it | all is there twice, with Rust types of its own each time; handlers are called for the events of their own copy, and those of all events once | nothing is needed; better is a test in a package of its own |
//! | a `cdylib` that is loaded at run time | program and library have a catalog each | depend on it as a library, or give the library a dispatcher |
//! | two versions of this framework in one program | each would have a catalog of its own, so cargo refuses them before anything is compiled: both packages have `links = "events-link-time-registry"` | the message says which packages ask for them; take one version for all |
//!
//! It is the same in debug and release builds, with and without link-time optimisation. The order of
//! handlers never depends on the linker.

mod former_name;
mod link;
mod linked;
mod listing;
mod problem;
mod registry;
mod twins;
mod validate;

pub use linked::{RegisteredAggregate, RegisteredEvent, RegisteredHandler, RegisteredLink};
pub use listing::{Catalog, catalog};
pub use problem::{Problem, StartError};
pub use registry::HandlerRegistry;

pub(crate) use link::CURE;
pub(crate) use validate::{Host, check};
