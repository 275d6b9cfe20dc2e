//! The test kit: commands without a store, time without waiting, handlers that remember.
//!
//! It needs the feature `testing`; turn it on in `[dev-dependencies]`. Its functions panic where an
//! assertion fails, as tests do.

mod clock;
pub mod contract;
mod given;
mod recorder;
mod settled;

pub use clock::ManualClock;
pub use given::{Given, When, given};
pub use recorder::Recorder;
pub use settled::settled;
