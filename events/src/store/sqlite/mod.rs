//! The store in an SQLite file. Its contract is in the docs of [`SqliteBackend`].
//!
//! One thread owns the one connection that writes (`writer`); a few connections read beside it, and
//! never wait for it (`readers`). A transaction that is lent to a handler is on a connection of its own
//! (`transaction`); those who write in this process take turns (`turns`), and those of several
//! processes compete for the write lock (`lock`). The log of changes is kept short (`wal`). What the
//! file is, and how it gets the schema of this program, is in `schema`.

mod ahead;
mod append;
mod backend;
mod backup;
mod conditions;
mod connection;
mod data;
mod delivery;
mod error;
mod frozen;
mod identity;
mod job;
mod letters;
mod lock;
mod operations;
mod options;
mod read;
mod readers;
mod rows;
mod schema;
mod snapshot;
mod transaction;
mod turns;
mod wal;
mod writer;

pub use backend::SqliteBackend;
pub use options::{SqliteOptions, Synchronous};
