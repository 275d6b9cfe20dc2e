//! `events.lock`: what stored events look like and which handlers there are, in a file that is
//! committed, so that a change that would break stored events fails a test.
//!
//! A shape is all that is compared: of what a field means, and of what an upcaster does, the file
//! knows nothing.

mod change;
mod error;
mod events;
mod fact;
mod handlers;
mod parts;
mod program;
mod text;

pub use change::LockChange;
pub use error::{LockError, ParseLockError};

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::catalog::{Catalog, catalog};
use crate::event::shape::Fact;

/// Fails where the program doesn't fit the file: an event's shape has changed without a new version,
/// or an event, an aggregate or a handler is gone or has another name.
///
/// Put it in an integration test that links what the program links ([`link!`](crate::link)), and
/// commit the file. The path is from the package's folder, where cargo runs tests.
///
/// ```
/// use events::testing::{EventsLock, assert_lock};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let file = folder.path().join("events.lock");
/// // In a test of yours the path is "events.lock", and the variable writes the file.
/// EventsLock::of(&events::catalog()).write(&file).unwrap();
/// assert_lock(&file);
/// ```
///
/// The variable `EVENTS_LOCK` says what to do:
///
/// | `EVENTS_LOCK` | |
/// |---|---|
/// | not set | What would break fails. What is new and fits passes, with a note: it isn't guarded before it is in the file. |
/// | `update` | The file is written anew, and what it breaks is printed. So the first file is made, too: `EVENTS_LOCK=update cargo test`. |
/// | `locked` | What isn't in the file fails, too, as with `cargo --locked`. |
///
/// # What fails and what passes
///
/// | fails | passes |
/// |---|---|
/// | a field or a variant that is gone, or has another name | a new field with a default or of type `Option`; another name with `#[serde(alias = "…")]` |
/// | a field of another type, an opaque one included; no longer an `Option` | an `Option` of the same type |
/// | a new field that old events don't have | a new version with the old one as its `previous`, whose shape is unchanged |
/// | an event, an aggregate or a version that is gone; another aggregate | new ones |
/// | a handler that is gone, or no longer durable, or has lost an event | new ones; a durable handler whose `renamed_from` is the old name, or that is a new version of it |
///
/// # Panics
/// If the program doesn't fit the file, or the file isn't there or can't be read: with what has
/// changed and what to do. [`EventsLock::check`] answers with an error instead.
#[track_caller]
pub fn assert_lock(path: impl AsRef<Path>) {
    EventsLock::of(&catalog()).assert(path);
}

/// What a program has stored and handles, as `events.lock` keeps it. `Display` and `FromStr` are the
/// file.
///
/// ```
/// use events::prelude::*;
/// use events::testing::EventsLock;
/// use serde::{Deserialize, Serialize};
///
/// mod before {
///     # use events::prelude::*;
///     # use serde::{Deserialize, Serialize};
///     #[derive(Serialize, Deserialize, DomainEvent)]
///     #[event(no_stream)]
///     struct MealLogged { calories: u32 }
/// }
///
/// mod after {
///     # use events::prelude::*;
///     # use serde::{Deserialize, Serialize};
///     #[derive(Serialize, Deserialize, DomainEvent)]
///     #[event(no_stream)]
///     struct MealLogged { energy: u32 }
/// }
///
/// # fn main() {
/// let module = |name: &str| EventsLock::of(&events::catalog().in_module(&format!("{}::{name}", module_path!())));
/// let changes = module("before").changes(&module("after"));
/// assert!(changes[0].is_breaking());
/// assert!(changes[0].to_string().contains("- calories: u32\n  + energy: u32\n"));
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsLock {
    /// The events of each aggregate.
    aggregates: BTreeMap<String, BTreeSet<String>>,
    events: BTreeMap<(String, u32), LockedEvent>,
    handlers: BTreeMap<String, LockedHandler>,
}

/// One version of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LockedEvent {
    aggregate: Option<String>,
    /// By their paths.
    facts: BTreeMap<String, Fact>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct LockedHandler {
    durable: bool,
    /// `None` for all of them.
    events: Option<BTreeSet<String>>,
    /// A program says it, a file doesn't.
    renamed_from: Option<String>,
}

/// What `EVENTS_LOCK` asks for.
enum Mode {
    Check,
    Update,
    Locked,
}

/// The variable that says what to do with the file.
const VARIABLE: &str = "EVENTS_LOCK";

impl EventsLock {
    /// What a catalog lists: [`events::catalog()`](crate::catalog()) for all of the program, or
    /// [a module of it](Catalog::in_module).
    #[must_use]
    pub fn of(catalog: &Catalog) -> Self {
        program::read(catalog)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it isn't there, can't be read, or wasn't written by this version or an older one.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, LockError> {
        let path = path.as_ref();
        match fs::read_to_string(path) {
            Ok(text) => text.parse().map_err(|source| LockError::Broken { path: path.into(), source }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(LockError::Missing { path: path.into() }),
            Err(source) => Err(LockError::Unreadable { path: path.into(), source }),
        }
    }

    /// Writes the file, unless it says the same already.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), LockError> {
        let path = path.as_ref();
        let text = self.to_string();
        if fs::read_to_string(path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        fs::write(path, text).map_err(|source| LockError::NotWritten { path: path.into(), source })
    }

    /// What is different in the other one, the later; in the order of the file.
    #[must_use]
    pub fn changes(&self, later: &Self) -> Vec<LockChange> {
        let mut changes = handlers::aggregates(self, later);
        changes.extend(events::changes(self, later));
        changes.extend(handlers::handlers(self, later));
        changes
    }

    /// Compares the program with the file, and answers with what is new and fits.
    ///
    /// # Errors
    /// If something would break, or the file isn't there or can't be read.
    pub fn check(&self, path: impl AsRef<Path>) -> Result<Vec<LockChange>, LockError> {
        let path = path.as_ref();
        let changes = Self::read(path)?.changes(self);
        if changes.iter().any(LockChange::is_breaking) {
            return Err(LockError::Breaking { path: path.into(), changes });
        }
        Ok(changes)
    }

    /// As [`assert_lock`], for this part of the program.
    ///
    /// # Panics
    /// As [`assert_lock`].
    #[track_caller]
    #[expect(clippy::panic, reason = "it is an assertion")]
    pub fn assert(&self, path: impl AsRef<Path>) {
        let done = Mode::from_environment().and_then(|mode| self.settle(path.as_ref(), &mode));
        if let Err(error) = done {
            panic!("{}", chain(&error));
        }
    }

    fn settle(&self, path: &Path, mode: &Mode) -> Result<(), LockError> {
        match mode {
            Mode::Update => self.update(path),
            Mode::Check => {
                let changes = self.check(path)?;
                if !changes.is_empty() {
                    let lines = change::report(&changes);
                    say(&format!(
                        "{} fits, and lacks what is new; {VARIABLE}=update cargo test adds it\n{lines}",
                        path.display()
                    ));
                }
                Ok(())
            }
            Mode::Locked => {
                let changes = self.check(path)?;
                let path = path.into();
                if changes.is_empty() { Ok(()) } else { Err(LockError::Incomplete { path, changes }) }
            }
        }
    }

    /// Writes the file, and says what it breaks. A file that can't be understood is replaced, too.
    fn update(&self, path: &Path) -> Result<(), LockError> {
        match Self::read(path) {
            Ok(old) => {
                let mut changes = old.changes(self);
                changes.retain(LockChange::is_breaking);
                if !changes.is_empty() {
                    let lines = change::report(&changes);
                    say(&format!("{} is written, and takes what would have failed:\n{lines}", path.display()));
                }
            }
            Err(LockError::Missing { .. }) => {}
            Err(error) => say(&format!("{}; it is written anew", chain(&error))),
        }
        self.write(path)
    }
}

impl Mode {
    fn from_environment() -> Result<Self, LockError> {
        let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else { return Ok(Self::Check) };
        match value.to_str() {
            Some("update") => Ok(Self::Update),
            Some("locked") => Ok(Self::Locked),
            _ => Err(LockError::UnknownMode { value: value.to_string_lossy().into_owned() }),
        }
    }
}

/// An error with its causes.
fn chain(error: &LockError) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Prints past the capture of what tests print, which shows nothing of a test that passes.
fn say(text: &str) {
    // Where nobody listens, there is nobody to tell.
    let _told = io::stderr().write_all(text.as_bytes()).is_ok();
}
