//! What can go wrong in a handler, and what that means for trying again.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{BoxError, Error, ErrorKind};

/// What a failure means for trying again.
///
/// ```
/// use events::Class;
///
/// assert!(Class::Timeout.is_retryable() && Class::Panic.is_retryable());
/// assert!(!Class::Permanent.is_retryable() && !Class::Decode.is_retryable());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Class {
    /// It may pass: tried again by the retry policy. What an unclassified error is.
    #[default]
    Transient,
    /// It won't pass: dead at once.
    Permanent,
    /// The handler took longer than it may; tried again.
    Timeout,
    /// The handler panicked; tried again.
    Panic,
    /// The event couldn't be read; dead at once.
    Decode,
}

impl Class {
    /// The class as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Timeout => "timeout",
            Self::Panic => "panic",
            Self::Decode => "decode",
        }
    }

    /// Whether trying again makes sense.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        !matches!(self, Self::Permanent | Self::Decode)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Lets an error type say of what [`Class`] it is. The handlers that the macros generate ask it; a
/// closure or a function that is subscribed asks by [`HandlerError::classified`].
///
/// ```
/// use events::{Class, Classify, HandlerError};
///
/// #[derive(Debug, thiserror::Error)]
/// enum MailError {
///     #[error("no such mailbox")]
///     NoMailbox,
///     #[error("the server is busy")]
///     Busy,
/// }
///
/// impl Classify for MailError {
///     fn class(&self) -> Class {
///         match self {
///             Self::NoMailbox => Class::Permanent,
///             Self::Busy => Class::Transient,
///         }
///     }
/// }
///
/// assert_eq!(HandlerError::classified(MailError::NoMailbox).class(), Class::Permanent);
/// assert_eq!(HandlerError::classified(MailError::Busy).class(), Class::Transient);
/// ```
pub trait Classify {
    /// The class of this error.
    fn class(&self) -> Class;

    /// How long to wait at least before the next attempt, if the error knows.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// Why a handler has failed: any error, and what it means for trying again.
///
/// `?` makes one of any error, `anyhow::Error` included; it is then transient.
///
/// ```
/// use events::{Class, HandlerError};
///
/// fn parse(text: &str) -> Result<u32, HandlerError> {
///     Ok(text.parse::<u32>()?)
/// }
///
/// assert_eq!(parse("x").unwrap_err().class(), Class::Transient);
/// assert_eq!(HandlerError::permanent("no such mailbox").class(), Class::Permanent);
/// ```
pub struct HandlerError(Box<Inner>);

struct Inner {
    class: Class,
    retry_after: Option<Duration>,
    snooze: bool,
    type_name: &'static str,
    source: BoxError,
}

impl HandlerError {
    /// A failure of the given class.
    #[must_use]
    pub fn new<E: Into<BoxError>>(class: Class, error: E) -> Self {
        let type_name = std::any::type_name::<E>();
        Self(Box::new(Inner { class, retry_after: None, snooze: false, type_name, source: error.into() }))
    }

    /// A failure that may pass.
    #[must_use]
    pub fn transient<E: Into<BoxError>>(error: E) -> Self {
        Self::new(Class::Transient, error)
    }

    /// A failure that won't pass: no further attempt is made.
    #[must_use]
    pub fn permanent<E: Into<BoxError>>(error: E) -> Self {
        Self::new(Class::Permanent, error)
    }

    /// A failure that may pass, but not before `delay`.
    #[must_use]
    pub fn retry_after<E: Into<BoxError>>(delay: Duration, error: E) -> Self {
        let mut this = Self::new(Class::Transient, error);
        this.0.retry_after = Some(delay);
        this
    }

    /// No failure in truth: the handler wants to be called again after `delay`, and uses up no attempt.
    #[must_use]
    pub fn snooze(delay: Duration) -> Self {
        let mut this = Self::retry_after(delay, AskedToWait(delay));
        this.0.snooze = true;
        this
    }

    /// A failure that says itself what it is.
    #[must_use]
    pub fn classified<E: Classify + Into<BoxError>>(error: E) -> Self {
        let (class, retry_after) = (error.class(), error.retry_after());
        let mut this = Self::new(class, error);
        this.0.retry_after = retry_after;
        this
    }

    /// What it means for trying again.
    #[must_use]
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// How long to wait at least before the next attempt.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The delay that the handler asked for instead of failing.
    #[must_use]
    pub fn snoozed(&self) -> Option<Duration> {
        self.0.retry_after.filter(|_| self.0.snooze)
    }

    /// The error itself.
    #[must_use]
    pub fn error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0.source
    }

    /// The name of the error's Rust type, as far as it is known.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.0.type_name
    }

    /// The error's chain as text, fit for a store.
    #[must_use]
    pub fn report(&self) -> ErrorReport {
        ErrorReport::of(self.error(), self.0.type_name)
    }
}

/// The blanket conversion is why `HandlerError` itself is no `std::error::Error`.
impl<E: Into<BoxError>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let mut this = Self::new(Class::Transient, error);
        // The framework's own errors say what they are, whoever passes them on.
        if let Some(error) = this.0.source.downcast_ref::<Error>() {
            this.0.class = error.class();
        }
        this
    }
}

/// What was refused will be refused again; everything else may pass.
impl Classify for Error {
    fn class(&self) -> Class {
        match self.kind() {
            ErrorKind::Invalid | ErrorKind::Unsupported => Class::Permanent,
            _ => Class::Transient,
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.source, f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerError")
            .field("class", &self.0.class)
            .field("retry_after", &self.0.retry_after)
            .field("error", &self.0.source)
            .finish()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the handler asked to be called again in {0:?}")]
struct AskedToWait(Duration);

/// An error's chain as text: without control characters, and of at most 8 KiB in all.
///
/// ```
/// use events::{Error, ErrorKind, HandlerError};
///
/// let cause = std::io::Error::other("connection refused");
/// let error = HandlerError::from(Error::new(ErrorKind::Unavailable, "the mail wasn't sent").with_source(cause));
/// assert_eq!(error.report().to_string(), "the mail wasn't sent: connection refused");
/// assert_eq!(error.report().messages().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    type_name: String,
    messages: Vec<String>,
}

impl ErrorReport {
    const LIMIT: usize = 8 * 1024;

    /// The report of an error and its sources; `type_name` is the Rust type of the outermost.
    #[must_use]
    pub fn of(error: &(dyn StdError + 'static), type_name: &str) -> Self {
        let mut left = Self::LIMIT;
        let mut messages = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            let message = clean(&text(error), left);
            left = left.saturating_sub(message.len());
            messages.push(message);
            next = error.source().filter(|_| left > 0);
        }
        Self { type_name: clean(type_name, 512), messages }
    }

    /// The name of the error's Rust type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The texts from the outermost error to its first cause.
    #[must_use]
    pub fn messages(&self) -> &[String] {
        &self.messages
    }
}

impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, message) in self.messages.iter().enumerate() {
            if index > 0 {
                f.write_str(": ")?;
            }
            f.write_str(message)?;
        }
        Ok(())
    }
}

/// The error's own words. Its `Display` is the user's code and may panic; the letter is written all the same.
fn text(error: &(dyn StdError + 'static)) -> String {
    catch_unwind(AssertUnwindSafe(|| error.to_string())).unwrap_or_else(|_| "(the error's `Display` panics)".to_owned())
}

/// At most `limit` bytes, cut between characters, with a space for each control character.
fn clean(text: &str, limit: usize) -> String {
    let mut cleaned = String::with_capacity(text.len().min(limit));
    for character in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if cleaned.len() + character.len_utf8() > limit {
            break;
        }
        cleaned.push(character);
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_no_control_characters_and_an_end() {
        let error: BoxError = format!("bell \u{7} and {}", "ä".repeat(9_000)).into();
        let report = ErrorReport::of(&*error, "text");
        let text = report.to_string();
        assert!(text.starts_with("bell   and ä") && !text.contains('\u{7}'));
        assert!(text.len() <= ErrorReport::LIMIT);
    }
}
