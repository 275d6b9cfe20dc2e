//! The store in an SQLite file.
//!
//! One thread owns the one connection that writes; a few connections read beside it, and never wait
//! for it. Commits are acknowledged when they are on the disk, unless [`Synchronous::Normal`] says
//! otherwise. Commits that wait at the same time share one sync of the disk. The queue of the
//! writer is bounded: appending faster than the disk allows makes callers wait, not memory grow.
//!
//! Several processes may have the file open; whoever writes holds the others' writes up, for
//! [`SqliteOptions::with_busy_timeout`] at most. One that writes all the time makes a pause now and
//! then, in which the others get in, and what they have committed is read at once. A call that fails
//! because the disk is full, the file locked or gone, or the device broken has written nothing, and
//! may succeed later. One that opens the file [`read_only`](SqliteOptions::read_only) changes nothing.
//!
//! Commits go to a log of changes beside the file, `-wal`, and from there into the file. It has 16 MiB
//! and the largest commit at most, unless somebody reads without an end: another program in one long
//! transaction, or a backup. The last one to close the file takes the log along. After a crash it stays,
//! with an index of it, `-shm`; the next one to open the file needs it, so whoever moves the file moves
//! the three of them.
//!
//! A durable handler may be lent a transaction, on a connection of its own. It has the write lock
//! until it ends, for [`SqliteOptions::with_transaction_timeout`] at most.
//!
//! A future that is dropped before its work is in the queue has done nothing; later, the work is
//! done as a whole. Whoever drops the last handle waits until the queue is worked off and the file is
//! closed; [`EventStore::close`](super::EventStore::close) does so without blocking the thread, and
//! answers with an error if it fails.

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
