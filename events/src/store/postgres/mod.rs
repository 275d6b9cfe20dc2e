//! The store in a PostgreSQL database, for several processes.
//!
//! Commits of one process that wait at the same time are written together; see the appender. The log
//! is read in an order that holds for all writers on all machines: an open transaction that has
//! appended holds readers back before what it has written, and nothing is ever skipped.
//!
//! A call that fails because the server is gone has written nothing, or says that it isn't known;
//! the next call connects again. Whatever the server's default is, transactions of the store are READ
//! COMMITTED, the one isolation level in which the order can be kept.
//!
//! A future that is dropped before its work is in the queue has done nothing; later, the work is done
//! as a whole.

mod append;
mod appender;
mod backend;
mod conditions;
mod data;
mod delivery;
mod error;
mod hints;
mod join;
mod letters;
mod link;
mod log_end;
mod operations;
mod options;
mod read;
mod rows;
mod schema;
mod server;
mod snapshot;
mod statements;
mod values;

pub use backend::PostgresBackend;
pub use options::PostgresOptions;
