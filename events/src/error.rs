//! The one opaque error of the crate.

use std::error::Error as StdError;
use std::fmt;

/// A failure of the framework or of its store, as most operations return it.
///
/// It says what was being done and why it failed; the chain of [`source`](StdError::source) leads
/// to the engine's own error. Branch on the predicates, never on the text.
///
/// ```
/// use events::EventStore;
/// use events::store::LogQuery;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let store = EventStore::memory();
/// store.close().await?;
/// match store.read_log(LogQuery::new()).await {
///     Ok(page) => println!("{} events", page.events().len()),
///     Err(error) if error.is_unavailable() => println!("try again later: {error}"),
///     Err(error) => return Err(error),
/// }
/// # assert!(store.read_log(LogQuery::new()).await.unwrap_err().is_unavailable());
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<BoxError>,
}

/// Any error that may cross threads: what users' handlers and commands may return.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// What sort of failure an [`Error`] is.
///
/// ```
/// use events::store::LetterStatus;
/// use events::{Audit, DeadLetterQueue, ErrorKind, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let letters = DeadLetterQueue::new(EventStore::memory());
/// let error = letters.purge(LetterStatus::Dead, Default::default(), Audit::by("ada")).await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Another writer was faster, or what there can be only one of is there already.
    Conflict,
    /// The store can't be reached, is busy, full or closed; the same call may succeed later.
    Unavailable,
    /// Something that was stored can't be read back: it is damaged, or newer than this program.
    Decode,
    /// The input was refused before anything was written.
    Invalid,
    /// What was asked for doesn't exist.
    NotFound,
    /// The operation isn't possible here or now; the text says what is.
    Unsupported,
    /// The time allowed has passed.
    Timeout,
    /// The store has lost what was read from it before: it was restored from a backup, or its last
    /// commits are gone with the server's disk.
    Rewound,
    /// A mistake in the framework or in a custom backend.
    Internal,
}

impl Error {
    /// An error of that kind; `message` says what failed, in lower case and without a full stop.
    ///
    /// Meant for those who write a [`StorageBackend`](crate::store::StorageBackend).
    ///
    /// ```
    /// use events::{Error, ErrorKind};
    ///
    /// let locked = std::io::Error::other("database is locked");
    /// let error = Error::new(ErrorKind::Unavailable, "the events can't be read").with_source(locked);
    /// assert!(error.is_unavailable());
    /// ```
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), source: None }))
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The sort of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether another writer was faster.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Whether the store couldn't be reached, so that the same call may succeed later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.0.kind == ErrorKind::Unavailable
    }

    /// Whether something stored couldn't be read back.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// Whether the input was refused before anything was written.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.0.kind == ErrorKind::Invalid
    }

    /// Whether what was asked for doesn't exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether the store has lost what was read from it before.
    #[must_use]
    pub fn is_rewound(&self) -> bool {
        self.0.kind == ErrorKind::Rewound
    }

    /// Whether the time allowed has passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
