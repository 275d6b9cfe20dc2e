//! The store in an SQLite file.
//!
//! One thread owns the one connection that writes; a few connections read beside it, and never wait
//! for it. Commits are acknowledged when they are on the disk, unless [`Synchronous::Normal`] says
//! otherwise. Commits that wait at the same time share one sync of the disk. The queue of the
//! writer is bounded: appending faster than the disk allows makes callers wait, not memory grow.
//!
//! Several processes may have the file open; whoever writes holds the others' writes up, for
//! [`SqliteOptions::with_busy_timeout`] at most. A call that fails because the disk is full, the
//! file locked or gone, or the device broken has written nothing, and may succeed later.
//!
//! A durable handler may be lent a transaction, on a connection of its own. It has the write lock
//! until it ends, for [`SqliteOptions::with_transaction_timeout`] at most.
//!
//! A future that is dropped before its work is in the queue has done nothing; later, the work is
//! done as a whole. When the last handle is dropped, the queue is worked off in the background;
//! [`EventStore::close`](super::EventStore::close) waits for it.

mod append;
mod backend;
mod conditions;
mod connection;
mod data;
mod delivery;
mod error;
mod identity;
mod job;
mod letters;
mod options;
mod read;
mod readers;
mod rows;
mod schema;
mod snapshot;
mod transaction;
mod turns;
mod writer;

pub use backend::SqliteBackend;
pub use options::{SqliteOptions, Synchronous};
