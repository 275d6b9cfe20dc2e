//! Durable handlers: their rows, lanes and parked keys, and the processes that run them.
//!
//! All that changes something here is called within a transaction of the caller's: the writer's, or
//! one that was begun for a handler.

mod handlers;
mod lanes;
mod processes;
mod rows;
mod write;

pub(super) use handlers::{change, read, register};
pub(super) use lanes::{claim, parked, release};
pub(super) use processes::{beat, end_process, processes};
pub(super) use write::write;
