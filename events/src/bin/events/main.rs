//! The operator's tool: looks into a store of events, and asks the programs that work on it to do something.
//!
//! It needs no program of yours: what it changes are rows in the store, with who, when and why, and the
//! processes that run the handlers follow them. It uses the library's public interface alone.

mod args;
mod audit;
mod check;
mod confirm;
mod dead_letters;
mod failure;
mod handlers;
mod open;
mod out;
mod runs;
mod status;
mod streams;
mod tail;
mod text;
mod trace;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::{Failure, Found};
use out::Out;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut stdout = io::stdout().lock();
    let result = run(&cli, &mut stdout).and_then(|found| {
        stdout.flush()?;
        Ok(found)
    });
    match result {
        Ok(found) => found.into(),
        // Who reads the output has seen enough, as `head` does.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: &Cli, stdout: &mut dyn Write) -> Result<Found, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut out = Out::new(stdout, cli.json);
        dispatch(cli, &mut out).await
    })
}

async fn dispatch(cli: &Cli, out: &mut Out<'_>) -> Result<Found, Failure> {
    let store = open::open(cli).await?;
    let result = match &cli.command {
        Command::Status(args) => status::run(&store, args, out).await,
        Command::Check(args) => check::run(&store, args, out).await,
        Command::Tail(args) => tail::run(&store, args, out).await,
        Command::Trace(args) => trace::run(&store, args, out).await,
        Command::Streams { command } => streams::run(&store, command, out).await,
        Command::Handlers { command } => handlers::run(&store, command, out).await,
        Command::DeadLetters { command } => dead_letters::run(&store, command, out).await,
        Command::Runs { command } => runs::run(&store, command, out).await,
        Command::Audit(args) => audit::run(&store, args, out).await,
    };
    store.close().await?;
    result
}
