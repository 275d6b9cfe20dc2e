//! Kills a program in the middle of its writing, again and again, and looks whether the store has
//! kept its word: what was acknowledged is there, what wasn't is there wholly or not at all.
//!
//! `cargo run -p events-tests --bin crash -- sqlite --rounds 50`
#![expect(clippy::print_stdout, reason = "a program that reports")]

mod audit;
mod engine;
mod journal;
mod plan;
mod postgres;
mod report;
mod rounds;
mod sqlite;
mod writers;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use events_tests::child;
use events_tests::random::Random;

use self::plan::Key;
use self::postgres::Postgres;
use self::rounds::{Course, Outcome};
use self::sqlite::Sqlite;
use self::writers::{Honesty, Orders};

/// How many of the things that are wrong are printed.
const MOST_SHOWN: usize = 20;

/// Kills writers in the middle of their work, and checks what the store has kept.
#[derive(Debug, Parser)]
#[command(name = "crash")]
struct Arguments {
    /// The store under test.
    engine: EngineName,
    /// How many times a writing process is killed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Repeats the plan of an earlier run; drawn if it isn't given. The moments of the kills differ all the same.
    #[arg(long)]
    seed: Option<u64>,
    /// How many tasks write at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=64))]
    writers: u64,
    /// Doesn't remove the store after which something was wrong.
    #[arg(long)]
    keep: bool,
    /// Claims that commits were acknowledged before the store is asked: the check has to find out.
    #[arg(long, hide = true)]
    acknowledge_early: bool,
    /// Be the child that writes there.
    #[arg(long, hide = true)]
    child: Option<String>,
    #[arg(long, hide = true, default_value_t = 0)]
    round: u64,
    #[arg(long, hide = true)]
    again: Vec<Key>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    /// A file in a temporary folder.
    Sqlite,
    /// A server of its own, started from the installed programs; it is killed too.
    Postgres,
}

impl Arguments {
    fn honesty(&self) -> Honesty {
        if self.acknowledge_early { Honesty::Early } else { Honesty::Honest }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(Random::seed);
    match &arguments.child {
        Some(place) => be_the_child(&arguments, seed, place).await,
        None => be_the_parent(&arguments, seed).await,
    }
}

async fn be_the_child(arguments: &Arguments, seed: u64, place: &str) -> Result<ExitCode> {
    child::end_with_the_parent();
    let (round, writers, again) = (arguments.round, arguments.writers, arguments.again.clone());
    let orders = Orders { seed, round, writers, again, honesty: arguments.honesty() };
    let store = match arguments.engine {
        EngineName::Sqlite => sqlite::open(place).await?,
        EngineName::Postgres => postgres::open(place).await?,
    };
    writers::write(store, orders).await?;
    Ok(ExitCode::SUCCESS)
}

async fn be_the_parent(arguments: &Arguments, seed: u64) -> Result<ExitCode> {
    let started = Instant::now();
    let (rounds, writers, honesty) = (arguments.rounds, arguments.writers, arguments.honesty());
    let course = |engine| Course { engine, rounds, seed, writers, honesty, keep: arguments.keep };
    println!("{rounds} rounds, seed {seed}");
    let outcome = match arguments.engine {
        EngineName::Sqlite => rounds::run(&course("sqlite"), &mut Sqlite::new()?, tell(rounds)).await?,
        EngineName::Postgres => rounds::run(&course("postgres"), &mut Postgres::new()?, tell(rounds)).await?,
    };
    Ok(conclude(&outcome, started))
}

/// Says some ten times how far it is.
fn tell(rounds: u64) -> impl FnMut(u64) {
    move |round| {
        if round.is_multiple_of(rounds.div_ceil(10)) {
            println!("round {round} of {rounds}");
        }
    }
}

fn conclude(outcome: &Outcome, started: Instant) -> ExitCode {
    let Outcome { findings, acknowledged, events, kills, servers, in_mid_work, kept } = outcome;
    for wrong in findings.wrong.iter().take(MOST_SHOWN) {
        println!("WRONG: {wrong}");
    }
    let more = findings.wrong.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        println!("… and {more} more");
    }
    if let Some(place) = kept {
        println!("what the crash has left is in {place}");
    }
    let server = if *servers > 0 { format!(", of a server too in {servers}") } else { String::new() };
    println!("{kills} kills{server} in {:.1} s, {in_mid_work} of them in mid-work", started.elapsed().as_secs_f64());
    let (there, absent) = (findings.under_way_and_there, findings.under_way_and_absent);
    println!("commits under way at a kill: {there} are there, {absent} are not");
    println!("acknowledged {acknowledged} commits with {events} events");
    println!("lost {}, torn {}, holes {}", findings.lost, findings.torn, findings.holes);
    if findings.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
