//! Kills and stops workers in the middle of their handling, again and again, and looks whether
//! durable handlers have kept their word: no event is missed, a stream's events come in order, and
//! what is written in the lent transaction is written once.
//!
//! `cargo run -p events-tests --bin delivery -- sqlite --rounds 20`
#![expect(clippy::print_stdout, reason = "a program that reports")]

mod audit;
mod engine;
mod handlers;
mod journal;
mod operator;
mod publisher;
mod rounds;
mod worker;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use events_tests::child;
use events_tests::random::Random;

use self::engine::Engine;
use self::rounds::{Course, Outcome};

/// How many of the things that are wrong are printed.
const MOST_SHOWN: usize = 20;

/// Kills publishers and workers, and checks what durable handlers have done.
#[derive(Debug, Parser)]
#[command(name = "delivery")]
struct Arguments {
    /// The store under test.
    engine: EngineName,
    /// How many times a process is killed or stopped.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Repeats the plan of an earlier run; drawn if it isn't given. The moments of the blows differ all the same.
    #[arg(long)]
    seed: Option<u64>,
    /// Shows on the standard error what the workers log.
    #[arg(long)]
    verbose: bool,
    /// Makes a handler break its word: the check has to find out.
    #[arg(long, hide = true)]
    sabotage: Option<Sabotage>,
    /// Be the child that does this.
    #[arg(long, hide = true, requires = "folder")]
    part: Option<Part>,
    /// Where the store and the journal of this run are.
    #[arg(long, hide = true)]
    folder: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EngineName {
    /// A file in a temporary folder.
    Sqlite,
    /// A server of its own, started from the installed programs.
    Postgres,
}

/// What a handler does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sabotage {
    /// One leaves out events, and says that it has handled them.
    Forget,
    /// One writes beside the transaction that it was lent.
    Outside,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Publisher,
    Worker,
}

impl Arguments {
    /// What the children are told, beside their part and their folder.
    fn options(&self) -> Vec<String> {
        let sabotage = self.sabotage.and_then(|sabotage| sabotage.to_possible_value());
        let sabotage = sabotage.map(|sabotage| format!("--sabotage={}", sabotage.get_name()));
        sabotage.into_iter().chain(self.verbose.then(|| "--verbose".to_owned())).collect()
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match (arguments.part, &arguments.folder) {
        (Some(part), Some(folder)) => be_the_child(&arguments, part, folder).await,
        _ => be_the_parent(&arguments).await,
    }
}

async fn be_the_child(arguments: &Arguments, part: Part, folder: &str) -> Result<ExitCode> {
    child::end_with_the_parent();
    let engine = Engine::of_child(arguments.engine, folder)?;
    match part {
        Part::Publisher => publisher::publish(engine.open().await?).await?,
        Part::Worker => {
            if arguments.verbose {
                tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::DEBUG).init();
            }
            worker::work(&engine, arguments.sabotage).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn be_the_parent(arguments: &Arguments) -> Result<ExitCode> {
    let (started, rounds) = (Instant::now(), arguments.rounds);
    let seed = arguments.seed.unwrap_or_else(Random::seed);
    println!("{rounds} rounds, seed {seed}");
    let mut engine = Engine::new(arguments.engine).await?;
    let course = Course { rounds, seed, options: arguments.options() };
    let outcome = rounds::run(&course, &mut engine, |round| {
        if round.is_multiple_of(rounds.div_ceil(10)) {
            println!("round {round} of {rounds}");
        }
    })
    .await?;
    Ok(conclude(&outcome, started))
}

fn conclude(outcome: &Outcome, started: Instant) -> ExitCode {
    let Outcome { findings, blows, runs, events, pages } = outcome;
    for wrong in findings.wrong.iter().take(MOST_SHOWN) {
        println!("WRONG: {wrong}");
    }
    let more = findings.wrong.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        println!("… and {more} more");
    }
    println!(
        "{} publishers and {} workers killed, {} workers stopped for a while, in {:.1} s",
        blows.publishers,
        blows.workers,
        blows.stopped,
        started.elapsed().as_secs_f64()
    );
    println!("{events} events in {pages} streams; {runs} redrive runs over what was dead");
    for (handler, handled) in &findings.handled {
        println!("{handler}: handled {} times, {} of them again", handled.calls, handled.again);
    }
    println!(
        "missing {}, disorder {}, duplicates in effect {}, redeliveries {}",
        findings.missing,
        findings.disorder,
        findings.duplicates,
        findings.redeliveries()
    );
    if findings.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
