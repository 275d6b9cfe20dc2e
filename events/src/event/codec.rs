//! Events as JSON: written once, read straight into the type.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{BoxError, Error, ErrorKind};
use crate::id::{EventName, Position, SchemaVersion};

/// Data that a store can keep: what serde can write and read back. Nothing else implements it.
///
/// ```
/// use events::event::{Payload, Storable};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Address { city: String }
///
/// fn size_in_store(data: &impl Storable) -> usize {
///     Payload::encode(data).map_or(0, |payload| payload.as_json().len())
/// }
///
/// assert_eq!(size_in_store(&Address { city: "Bern".into() }), r#"{"city":"Bern"}"#.len());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be kept in a store: it needs `Serialize` and `Deserialize`",
    label = "can't be written and read back",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`"
)]
pub trait Storable: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Storable for T {}

/// An event's data as JSON text. `Debug` shows its length only.
///
/// ```
/// use events::event::Payload;
///
/// let payload = Payload::encode(&("secret", 1)).unwrap();
/// assert_eq!(payload.as_json(), r#"["secret",1]"#);
/// assert_eq!(format!("{payload:?}"), "Payload(12 bytes)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Arc<str>);

impl Payload {
    /// Writes a value as JSON.
    ///
    /// # Errors
    /// If the value's `Serialize` implementation fails.
    pub fn encode<T: Serialize>(value: &T) -> Result<Self, EncodeError> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Self(text.into())),
            Err(error) => Err(EncodeError { type_name: std::any::type_name::<T>(), source: error.into() }),
        }
    }

    /// JSON text that a store has kept.
    #[must_use]
    pub fn from_json(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

/// A value that couldn't be written as JSON.
///
/// ```
/// use events::event::Payload;
/// use std::collections::HashMap;
///
/// // A key of a JSON object is a text.
/// let error = Payload::encode(&HashMap::from([((1, 2), 3)])).unwrap_err();
/// assert!(events::Error::from(error).is_invalid());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("`{type_name}` can't be written as JSON")]
pub struct EncodeError {
    type_name: &'static str,
    source: BoxError,
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string()).with_source(error.source)
    }
}

/// An event that couldn't be read back. It is never replaced by a default and never skipped.
///
/// The text has the place and the sort of mistake, but nothing of the data; [`detail`](DecodeError::detail)
/// has the whole story and may quote the data.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// let error = Counted::decode(events::SchemaVersion::new(1), r#"{"counter": 7, "by": "many"}"#).err().unwrap();
/// assert_eq!(
///     error.to_string(),
///     "can't read event `counted` version 1: its data doesn't fit the type (line 1, column 27)",
/// );
/// assert!(error.detail().contains("many"));
/// assert!(!error.needs_newer_program());
/// ```
#[derive(Clone)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    event: EventName,
    version: SchemaVersion,
    position: Option<Position>,
    reason: DecodeReason,
    detail: String,
}

/// Why an event couldn't be read.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::SchemaVersion;
/// use events::event::DecodeReason;
///
/// let error = Counted::decode(SchemaVersion::new(9), "{}").err().unwrap();
/// assert_eq!(error.reason(), DecodeReason::NewerVersion { known: SchemaVersion::new(1) });
/// assert!(error.needs_newer_program());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeReason {
    /// This program has no event of that name. It may be older than the event.
    UnknownEvent,
    /// The event was written by a newer program.
    NewerVersion {
        /// The newest version that this program knows.
        known: SchemaVersion,
    },
    /// The name belongs to another event than the one asked for.
    OtherEvent {
        /// The name of the event that was asked for.
        asked: &'static str,
    },
    /// It was written with a version that no `previous` of the type leads back to.
    UnknownVersion,
    /// The event is in the stream of an aggregate that has no `#[when]` method for it.
    NoWhen {
        /// The aggregate's name.
        aggregate: &'static str,
    },
    /// The data isn't JSON, or not the JSON that the type wants.
    Malformed {
        /// The line of the JSON text, from 1; 0 where it isn't known.
        line: usize,
        /// The column of the JSON text, from 1; 0 where it isn't known.
        column: usize,
    },
}

impl DecodeError {
    /// An error about the event of that name and version.
    #[must_use]
    pub fn new(event: impl Into<EventName>, version: SchemaVersion, reason: DecodeReason) -> Self {
        Self(Box::new(Inner { event: event.into(), version, position: None, reason, detail: String::new() }))
    }

    /// The same error with the event's place in the log.
    #[must_use]
    pub fn at(mut self, position: Option<Position>) -> Self {
        self.0.position = position;
        self
    }

    /// The same error with the reader's own words, which may quote the data.
    #[must_use]
    pub fn with_detail(mut self, detail: impl fmt::Display) -> Self {
        self.0.detail = detail.to_string();
        self
    }

    /// The event's name.
    #[must_use]
    pub fn event(&self) -> &EventName {
        &self.0.event
    }

    /// The schema version it was written with.
    #[must_use]
    pub fn version(&self) -> SchemaVersion {
        self.0.version
    }

    /// Its place in the log, if it comes from a store.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.0.position
    }

    /// Why it couldn't be read.
    #[must_use]
    pub fn reason(&self) -> DecodeReason {
        self.0.reason
    }

    /// The reader's own words. They may quote the event's data: keep them out of logs.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Whether a newer build of the program could read the event.
    #[must_use]
    pub fn needs_newer_program(&self) -> bool {
        matches!(self.0.reason, DecodeReason::UnknownEvent | DecodeReason::NewerVersion { .. })
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't read event `{}` version {}", self.0.event, self.0.version)?;
        if let Some(position) = self.0.position {
            write!(f, " at position {position}")?;
        }
        match self.0.reason {
            DecodeReason::UnknownEvent => f.write_str(": this program has no event of that name"),
            DecodeReason::NewerVersion { known } => {
                write!(f, ": this program knows versions up to {known}")
            }
            DecodeReason::OtherEvent { asked } => write!(f, ": asked for `{asked}`"),
            DecodeReason::UnknownVersion => f.write_str(": no `previous` of its type leads back to that version"),
            DecodeReason::NoWhen { aggregate } => {
                write!(f, ": aggregate `{aggregate}` has no `#[when]` method for it")
            }
            DecodeReason::Malformed { line, column } => {
                write!(f, ": its data doesn't fit the type (line {line}, column {column})")
            }
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl std::error::Error for DecodeError {}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorKind::Decode, error.to_string()).with_source(error)
    }
}

/// Reads JSON into a type, and says of which event it was when that fails.
pub(crate) fn decode_json<T: DeserializeOwned>(
    event: &'static str,
    version: SchemaVersion,
    data: &str,
) -> Result<T, DecodeError> {
    serde_json::from_str(data).map_err(|error| {
        let reason = DecodeReason::Malformed { line: error.line(), column: error.column() };
        DecodeError::new(EventName::from_static(event), version, reason).with_detail(error)
    })
}
