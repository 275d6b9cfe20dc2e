//! `dead-letters`: what handlers have failed on, and what to do about it.

pub(crate) mod args;
mod change;
mod edit;
mod export;
mod groups;
mod letter;
mod list;
mod pick;
mod purge;
mod redrive;
mod show;

use events::{DeadLetterQueue, EventStore};

use crate::failure::{Failure, Found};
use crate::out::Out;
use args::DeadLettersCommand;
use change::Change;

pub(crate) async fn run(store: &EventStore, command: &DeadLettersCommand, out: &mut Out<'_>) -> Result<Found, Failure> {
    let queue = DeadLetterQueue::new(store.clone());
    match command {
        DeadLettersCommand::Groups(filter) => groups::run(&queue, filter, out).await,
        DeadLettersCommand::List(args) => list::run(store, &queue, args, out).await,
        DeadLettersCommand::Show(args) => show::run(store, &queue, args, out).await,
        DeadLettersCommand::Redrive(args) => redrive::run(store, &queue, args, out).await,
        DeadLettersCommand::Edit(args) => edit::run(&queue, args, out).await,
        DeadLettersCommand::Discard(args) => {
            let change = if args.hold { Change::Hold } else { Change::Discard };
            change::run(store, &queue, change, &args.change, out).await
        }
        DeadLettersCommand::Release(args) => change::run(store, &queue, Change::Release, args, out).await,
        DeadLettersCommand::Restore(args) => change::run(store, &queue, Change::Restore, args, out).await,
        DeadLettersCommand::Export { letter } => export::run(&queue, *letter, out).await,
        DeadLettersCommand::Purge(args) => purge::run(&queue, args, out).await,
    }
}
