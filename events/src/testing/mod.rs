//! The test kit: commands without a store, time without waiting, handlers that remember.
//!
//! It needs the feature `testing`; turn it on in `[dev-dependencies]`. Its functions panic where an
//! assertion fails, as tests do.

mod clock;
#[expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a case fails where the contract is broken; the module says so for all of them"
)]
pub mod contract;
mod given;
mod lock;
mod recorder;
mod replay;
mod settled;

pub use clock::ManualClock;
pub use given::{Given, When, given};
pub use lock::{EventsLock, LockChange, LockError, ParseLockError, assert_lock};
pub use recorder::Recorder;
pub use replay::{LetterReplay, replay_letter};
pub use settled::settled;
