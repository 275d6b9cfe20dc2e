//! Whether a reader of the log on PostgreSQL meets every committed event once and in order, whatever
//! writers do: slow, rolled-back and killed transactions, savepoints, processes that die, a server
//! that is killed and comes back, a second store in the same database. A naive reader of the same
//! table is the control: it has to miss some.
//!
//! `cargo run -p events-tests --bin order -- postgres --writers 16 --seconds 10`
#![expect(clippy::print_stdout, reason = "a program that reports")]

mod chaos;
mod readers;
mod report;
mod verdict;
mod writers;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use events_tests::child;
use events_tests::postgres::PrivateServer;
use events_tests::random::Random;
use tokio::sync::watch;

use self::chaos::Children;
use self::readers::Readers;
use self::report::{Outcome, Said};
use self::verdict::Verdict;
use self::writers::{Orders, SCHEMAS};

/// Lets many processes write to one PostgreSQL store while it is disturbed, and checks what a reader sees.
#[derive(Debug, Parser)]
#[command(name = "order")]
struct Arguments {
    /// The store under test.
    engine: EngineName,
    /// How many tasks write at once, four in each process.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=64))]
    writers: u64,
    /// How long they write.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Repeats the choices of an earlier run; drawn if it isn't given. What comes first differs all the same.
    #[arg(long)]
    seed: Option<u64>,
    /// Judges the naive reader as if it were the store's: the check has to find out.
    #[arg(long, hide = true)]
    judge_naive: bool,
    /// Be the child of that number.
    #[arg(long, hide = true)]
    child: Option<u64>,
    /// Where the child finds the server.
    #[arg(long, hide = true, default_value = "")]
    url: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    /// A server of its own, started from the installed programs.
    Postgres,
}

/// How many tasks write in one process.
const WRITERS_PER_PROCESS: u64 = 4;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(Random::seed);
    match (arguments.engine, arguments.child) {
        (EngineName::Postgres, Some(child)) => {
            child::end_with_the_parent();
            let Arguments { writers, url, .. } = arguments;
            writers::write(Orders { url, seed, child, writers }).await?;
            Ok(ExitCode::SUCCESS)
        }
        (EngineName::Postgres, None) => conduct(&arguments, seed).await,
    }
}

async fn conduct(arguments: &Arguments, seed: u64) -> Result<ExitCode> {
    let processes = arguments.writers.div_ceil(WRITERS_PER_PROCESS);
    println!("{} writers in {processes} processes, {} s, seed {seed}", arguments.writers, arguments.seconds);
    let mut server = PrivateServer::with_settings(&[("max_connections", "300")]).context("a PostgreSQL of our own")?;
    let url = server.url();
    let [watched, other] = SCHEMAS;
    let store = writers::open(&url, watched).await?;
    writers::open(&url, other).await?.close().await?;

    let started = Instant::now();
    let readers = Readers::start(&url);
    let (stop, stopped) = watch::channel(false);
    let late = tokio::spawn(chaos::be_late(url.clone(), store, readers.naive_at.clone(), stopped));
    let mut children = Children::start(processes, arguments_of_a_child(arguments, seed, &url))?;
    let time = Duration::from_secs(arguments.seconds);
    let deeds = chaos::disturb(&mut server, &mut children, time, Random::of(&[seed])).await?;
    let said = Said::of(&children.end()?)?;
    stop.send_replace(true);
    let late = late.await??;
    chaos::until_all_is_decided(&url).await?;

    let committed = readers::committed(&url, watched).await?;
    let committed_there = readers::committed(&url, other).await?;
    let seen = readers.finish(&committed, &committed_there).await?;
    let naive = Verdict::of(&committed, &seen.naive);
    let judged = seen.tails.iter().chain(arguments.judge_naive.then_some(&seen.naive));
    let outcome = Outcome {
        verdicts: judged.map(|seen| Verdict::of(&committed, seen)).collect(),
        of_other: Verdict::of(&committed_there, &seen.of_other),
        naive,
        lost: verdict::lost(&committed, &said.acknowledged.into_iter().chain(late.iter().copied()).collect()),
        late: late.len(),
        wrong: said.wrong,
    };
    Ok(outcome.report(&deeds, started))
}

fn arguments_of_a_child(arguments: &Arguments, seed: u64, url: &str) -> Vec<String> {
    let writers = arguments.writers.min(WRITERS_PER_PROCESS);
    vec!["postgres".to_owned(), format!("--url={url}"), format!("--seed={seed}"), format!("--writers={writers}")]
}
