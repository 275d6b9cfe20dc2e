//! The dead letter queue: events that handlers have failed on, and what to do about them.
//!
//! A failed call leaves a letter in the store. While attempts are left it is *retrying*: a started
//! dispatcher calls the handler again after the policy's delay. When they are used up, or the
//! failure is of a class that won't pass, it is *dead* and waits for an operator, who redrives or
//! discards it. Nothing removes a letter that is retrying or dead.
//!
//! Many letters are redriven in a [`Run`]: it takes its letters when it is asked for, tries one after
//! the other, stops when they fail again, and is seen from any process.
//!
//! [`DeadLetterQueue`] marks letters; it runs no handlers. That is why it works from any process:
//! the one that owns the handler does the work.

mod export;
mod groups;
mod letter;
mod queue;
mod retention;
mod runs;

pub use export::ExportedLetter;
pub use groups::FailureGroup;
pub use queue::{Audit, DeadLetterQueue};
pub use retention::Retention;
pub use runs::{Run, RunPlan};

pub use crate::store::{FailedEvent, LetterId, LetterQuery, LetterStats, LetterStatus};

pub(crate) use letter::{failed_attempt, new_letter};
