//! How far the log can be read.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::Row;

use super::error::Trouble;
use super::link::{Failure, Link};
use super::rows;
use super::statements::Statements;
use crate::error::{Error, ErrorKind};
use crate::id::Position;
use crate::store::HeldBack;

/// The end of the log at a moment.
pub(super) struct LogEnd {
    /// An event at this position is there, and nothing can come at or before it any more.
    pub(super) decided: Position,
    /// How many positions wait for the end of a transaction.
    pub(super) open: u64,
    /// The connection of the oldest such transaction; none for a prepared one.
    held_by: Option<i32>,
}

/// The last position that this process has read or written.
#[derive(Debug, Default)]
pub(super) struct Seen(AtomicU64);

impl Seen {
    pub(super) fn note(&self, position: Position) {
        self.0.fetch_max(position.value(), Ordering::Relaxed);
    }

    fn position(&self) -> Position {
        Position::new(self.0.load(Ordering::Relaxed))
    }
}

/// Refuses a log that ends before what was seen of it: a reader would take what is written there next
/// for something it has passed already.
fn check(high: Position, seen: Position) -> Result<(), Error> {
    if high >= seen {
        return Ok(());
    }
    let message = format!(
        "the log ends at position {high}, and this process has seen position {seen}: the database was restored from a \
         backup or has lost its last commits. Check what was derived from them, then start the program anew"
    );
    Err(Error::new(ErrorKind::Rewound, message))
}

/// Asks the server. Where it is slower than reading a page, what is known from before helps: see
/// [`Link::decided`].
pub(super) async fn log_end(link: &mut Link, statements: &Statements, seen: &Seen) -> Result<LogEnd, Failure> {
    // Others may write and see more before the answer is here.
    let before = seen.position();
    let row = sqlx::query(statements.log_end.safe()).fetch_one(&mut link.connection).await?;
    if let Some(trouble) = Trouble::of(row.try_get(0)?) {
        return Err(trouble.into_error().into());
    }
    let position = |index| row.try_get::<i64, _>(index).map(|position| Position::new(position.unsigned_abs()));
    let open = row.try_get::<i64, _>(3)?.unsigned_abs();
    let end = LogEnd { decided: position(2)?, open, held_by: row.try_get(4)? };
    check(position(1)?, before)?;
    seen.note(end.decided);
    link.decided = link.decided.max(end.decided);
    Ok(end)
}

/// What readers wait for, if there is anything.
pub(super) async fn held_back(
    link: &mut Link,
    statements: &Statements,
    seen: &Seen,
) -> Result<Option<HeldBack>, Failure> {
    let end = log_end(link, statements, seen).await?;
    if end.open == 0 {
        return Ok(None);
    }
    let holder = sqlx::query(statements.holder.safe()).bind(end.held_by).fetch_optional(&mut link.connection).await?;
    // It may have ended just now.
    let Some(row) = holder else { return Ok(None) };
    let since = rows::optional_moment(&row, 1, "xact_start");
    let since = since.map_err(|damage| damage.into_error_in("the server's list of connections"))?;
    Ok(Some(HeldBack { after: end.decided, positions: end.open, by: row.try_get(0)?, since }))
}
