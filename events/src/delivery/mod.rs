//! Durable handlers: each follows the log on its own, from its checkpoint on.
//!
//! A handler has one lane, or one per partition. A process that holds a lane's lease reads the log
//! behind the checkpoint, a page at a time, and calls the handler. Events of one key (a stream,
//! unless the handler says otherwise) are handled one after the other; those of different keys side
//! by side. The checkpoint is moved to where everything is done.
//!
//! An event on which the handler fails becomes a letter, and its key is parked: later events of
//! the key wait in the log until the letter is resolved or given up, and are read from there then.
//! Every write names the lane's epoch, so that a process that has lost the lane writes nothing.

mod admin;
mod balance;
mod check;
mod circuit;
mod handler;
mod host;
mod lane;
mod order;
mod register;
mod rest;
mod supervisor;
mod tail;
mod wait;
mod window;

pub use admin::{DurableHandlers, Lag};
pub use check::{CheckFinding, HandlerCheck, PassedEvents};

pub(crate) use handler::DurableHandler;
pub(crate) use host::{Called, DurableCall, Host};
pub(crate) use supervisor::{LEASE, SHORTEST_LEASE, Supervisor};
pub(crate) use tail::Pace;
pub(crate) use wait::any_of;
