//! Why a command came to nothing.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;

use crate::error::{BoxError, Error};
use crate::id::{EventName, StreamId};
use crate::store::AppendError;

/// A command that came to nothing: no event of it is recorded.
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
/// #[derive(Debug, thiserror::Error)]
/// #[error("that is too much")]
/// struct TooMuch;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
/// match counter.execute(|_| Err::<Counted, _>(TooMuch)).await {
///     Err(ExecuteError::Rejected(TooMuch)) => println!("tell the person"),
///     Err(ExecuteError::Conflict { .. }) => println!("many write to this counter: try again"),
///     other => drop(other?),
/// }
/// let other = counter.execute(|_| Ok::<_, TooMuch>(Counted { counter: 8, by: 3 })).await;
/// assert!(matches!(other, Err(ExecuteError::WrongAggregate { .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError<E> {
    /// The command itself said no.
    Rejected(E),
    /// An event of the command belongs to another aggregate than the one it was given to.
    WrongAggregate {
        /// The event's name.
        event: EventName,
        /// The stream of the aggregate that the command was given.
        expected: StreamId,
        /// The stream that the event names.
        actual: StreamId,
    },
    /// Other writers were faster, each time.
    Conflict {
        /// How often the command was tried.
        attempts: u32,
    },
    /// The store has failed.
    Failed(Error),
}

impl<E> ExecuteError<E> {
    /// What the command itself said, if it was that.
    #[must_use]
    pub fn rejection(&self) -> Option<&E> {
        match self {
            Self::Rejected(error) => Some(error),
            _ => None,
        }
    }

    /// The error as a box, for callers that don't branch on it: a rejection becomes the box of the
    /// command's own error, which needs not implement [`Error`](StdError) itself, and a failure that of
    /// the [`Error`]; the others are boxed as an `ExecuteError<Infallible>`.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), events::BoxError> {
    /// let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
    /// let count = async |by| {
    ///     let decide = |_: &_| if by > 9 { Err("that is too much") } else { Ok(Counted { counter: 7, by }) };
    ///     counter.execute(decide).await.map_err(ExecuteError::into_boxed)
    /// };
    /// count(3).await?;
    /// assert_eq!(count(10).await.unwrap_err().to_string(), "that is too much");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_boxed(self) -> BoxError
    where
        E: Into<BoxError>,
    {
        let boxed: ExecuteError<Infallible> = match self {
            Self::Rejected(error) => return error.into(),
            Self::Failed(error) => return error.into(),
            Self::WrongAggregate { event, expected, actual } => {
                ExecuteError::WrongAggregate { event, expected, actual }
            }
            Self::Conflict { attempts } => ExecuteError::Conflict { attempts },
        };
        boxed.into()
    }
}

impl<E: fmt::Display> fmt::Display for ExecuteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => fmt::Display::fmt(error, f),
            Self::WrongAggregate { event, expected, actual } => {
                write!(f, "event `{event}` belongs to `{actual}`, the command was given `{expected}`")
            }
            Self::Conflict { attempts } => write!(f, "other writers were faster, {attempts} times"),
            Self::Failed(error) => fmt::Display::fmt(error, f),
        }
    }
}

/// A rejection and a failure stand for themselves: their own sources follow.
impl<E: StdError + 'static> StdError for ExecuteError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Rejected(error) => error.source(),
            Self::Failed(error) => error.source(),
            Self::WrongAggregate { .. } | Self::Conflict { .. } => None,
        }
    }
}

impl<E> From<Error> for ExecuteError<E> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<E> From<AppendError> for ExecuteError<E> {
    fn from(error: AppendError) -> Self {
        Self::Failed(error.into())
    }
}
