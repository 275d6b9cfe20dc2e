//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use events::nutrition::{Currency, Email};

use crate::database::Database;

/// The data that comes with the example, wherever it is run from.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

/// Imports a food diary through event-sourced aggregates and shows what came of it.
#[derive(Debug, Parser)]
#[command(name = "nutrition", version)]
pub(crate) struct Cli {
    /// Where the events are: an SQLite file, which is created when it doesn't exist, or a PostgreSQL
    /// database, as in postgres://user:password@host/database.
    #[arg(long, global = true, default_value = "nutrition.db", value_name = "FILE or URL")]
    pub(crate) database: Database,

    /// What to do; without it, import.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import people, meals and activities, then show the reports and what happened.
    Import(Import),
    /// Show the weekly reports, from history alone.
    Report {
        /// Only the reports of the person with this address.
        #[arg(long)]
        email: Option<Email>,
    },
    /// List the events of one aggregate.
    History {
        /// The aggregate's name, with or without `nutrition.`, as in `food_diary`.
        aggregate: String,
        /// Its id; an e-mail address stands for the id of the person who has it.
        id: String,
    },
    /// Look after what failed.
    DeadLetters {
        /// What to do with it.
        #[command(subcommand)]
        action: Letters,
    },
    /// Count events, streams and dead letters.
    Stats,
}

impl Default for Command {
    fn default() -> Self {
        Self::Import(Import::default())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder with people.csv, diary.csv and activity.csv.
    #[arg(long, value_name = "FOLDER", default_value = DATA)]
    pub(crate) data: PathBuf,
}

impl Default for Import {
    fn default() -> Self {
        Self { data: DATA.into() }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Letters {
    /// List the dead letters.
    List,
    /// Hand the events of dead letters to their handlers again.
    Redrive {
        /// The letters' numbers; all dead letters without any.
        letters: Vec<i64>,

        /// Pretend that the receipt gateway has learned a currency since it refused it.
        #[arg(long, value_name = "CODE")]
        accept: Vec<Currency>,
    },
    /// Give dead letters up, for a reason that is kept.
    Discard {
        /// The letters' numbers; all dead letters without any.
        letters: Vec<i64>,

        /// Why they are given up.
        #[arg(long, default_value = "discarded by hand")]
        reason: String,
    },
}
