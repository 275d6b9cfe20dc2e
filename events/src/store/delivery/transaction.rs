//! The transaction that a handler's writes and its checkpoint share.

use std::any::Any;

use super::{LaneAnswer, LaneWrite};
use crate::error::Error;
use crate::handler::BoxFuture;
use crate::store::{Append, AppendError, Appended};

/// A transaction of the store's database, lent to a handler that takes `Tx<…>`.
///
/// Dropped without a commit, it is rolled back. How long it may live, and who waits for it, is the
/// database's to say: SQLite has one write lock, PostgreSQL one per row.
///
/// ```
/// use events::store::{MemoryBackend, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = MemoryBackend::new().begin().await.err().unwrap();
/// assert_eq!(error.kind(), events::ErrorKind::Unsupported, "memory has no connection to lend");
/// # }
/// ```
pub trait LaneTransaction: Send {
    /// What the handler gets: the connection, inside of the transaction.
    fn connection(&mut self) -> &mut (dyn Any + Send);

    /// Appends events in the transaction; what the store refuses leaves it usable.
    fn append(&mut self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// Writes the lane's part as the last statements, and commits. If the lane is lost, everything is
    /// rolled back. So it is on an error: an invalid call if the handler has ended the transaction
    /// by itself, or has broken a constraint that the database looks at in the end; a time-out if it was
    /// too slow; a conflict if the database has undone it in favour of another. These are failures of the
    /// call. Every other error is one of the store, and stops the lane.
    fn commit(self: Box<Self>, write: LaneWrite) -> BoxFuture<'static, Result<LaneAnswer, Error>>;

    /// Undoes what the handler has done.
    fn roll_back(self: Box<Self>) -> BoxFuture<'static, Result<(), Error>>;
}
