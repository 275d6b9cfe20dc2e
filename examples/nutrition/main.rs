//! Imports a food diary through event-sourced aggregates, and shows what came of it.
//!
//! ```text
//! cargo run --example nutrition                              # import, reports, what happened
//! cargo run --example nutrition -- report --email mara.lindner@example.com
//! cargo run --example nutrition -- history food_diary grace.okafor@example.net
//! cargo run --example nutrition -- dead-letters list
//! cargo run --example nutrition -- dead-letters redrive --accept CHF
//! cargo run --example nutrition -- stats
//! cargo run --example nutrition -- --database postgres://postgres@127.0.0.1/postgres
//! ```
//!
//! The road of a line: `lines` reads it, `import` gives an aggregate of `events::nutrition` a command,
//! the dispatcher records the events and calls the `handlers`, one of which talks to a `gateway`
//! that fails on purpose. `report` and `history` are made from the store alone, so a second run,
//! which has nothing new to import, prints the same.

mod cli;
mod clock;
mod database;
mod gateway;
mod handlers;
mod history;
mod identity;
mod import;
mod letters;
mod lines;
mod parse;
mod program;
mod report;
mod session;
mod story;
mod tables;

use clap::Parser as _;

use crate::cli::Cli;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let store = cli.database.open().await?;
    let done = program::run(cli.command.unwrap_or_default(), store.clone(), &mut std::io::stdout()).await;
    store.close().await?;
    // Whoever reads the output may have seen enough, as `head` does.
    done.or_else(|error| if is_broken_pipe(&error) { Ok(()) } else { Err(error) })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref().map(std::io::Error::kind) == Some(std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests;
