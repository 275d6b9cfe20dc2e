//! How a command ends.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::text;

/// What a command has found out, as its exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// All is well, or done: 0.
    Fine,
    /// Something is wrong with what was looked at: 1.
    Wrong,
}

impl From<Found> for ExitCode {
    fn from(found: Found) -> Self {
        match found {
            Found::Fine => Self::SUCCESS,
            Found::Wrong => Self::FAILURE,
        }
    }
}

/// Why a command couldn't be carried out: exit code 2, as for arguments that aren't understood.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked for something that isn't done.
    Refused(String),
    /// Something in or about the store at that place, where there is one to be named.
    Store {
        place: Option<String>,
        error: events::Error,
    },
    Output(io::Error),
}

impl Failure {
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        const FAILED: u8 = 2;
        // Where standard error is closed, the exit code is all there is.
        drop(writeln!(io::stderr().lock(), "error: {}", text::printable(&self.to_string())));
        ExitCode::from(FAILED)
    }
}

/// An error and its causes, each said once: drivers repeat a cause in what they say themselves.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.ends_with(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
        cause = error.source();
    }
    said
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(message) => f.write_str(message),
            Self::Output(error) => write!(f, "the output can't be written: {error}"),
            Self::Store { place, error } => {
                if let Some(place) = place {
                    write!(f, "{place}: ")?;
                }
                f.write_str(&with_causes(error))
            }
        }
    }
}

impl From<events::Error> for Failure {
    fn from(error: events::Error) -> Self {
        Self::Store { place: None, error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}
