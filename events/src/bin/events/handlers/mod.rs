//! `handlers`: durable handlers, and what operators do to them.

mod change;
mod list;
pub(crate) mod row;

use events::EventStore;

use crate::args::HandlersCommand;
use crate::failure::{Failure, Found};
use crate::out::Out;

pub(crate) async fn run(store: &EventStore, command: &HandlersCommand, out: &mut Out<'_>) -> Result<Found, Failure> {
    match command {
        HandlersCommand::List(args) => list::run(store, args, out).await,
        change => change::run(store, change, out).await,
    }
}
