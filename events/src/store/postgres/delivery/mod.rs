//! Durable handlers: their rows, lanes and parked keys, and the processes that run them.

mod handlers;
mod lanes;
mod processes;
mod rows;
mod transaction;
mod write;

pub(super) use handlers::{change, parked_keys, read, register};
pub(super) use lanes::{claim, release};
pub(super) use processes::{beat, end_process, processes};
pub(super) use transaction::Transactions;
pub(super) use write::{write_alone, write_within};
