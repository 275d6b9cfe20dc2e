//! PostgreSQL for tests: the server that all share, and servers of their own.

mod private;
mod programs;
#[cfg(feature = "postgres")]
mod scratch;
mod shared;

pub use private::PrivateServer;
#[cfg(feature = "postgres")]
pub use scratch::Scratch;
pub use shared::{Service, private_server, private_servers, shared_server};
