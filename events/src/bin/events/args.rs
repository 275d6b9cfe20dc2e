//! What can be typed.

use std::num::NonZeroUsize;

use clap::{Args, Parser, Subcommand};
use events::store::OperationId;
use events::{CorrelationId, Position};

use crate::dead_letters::args::DeadLettersCommand;
use crate::status::Conditions;

/// Looks into a store of events, and asks the programs that work on it to do something.
#[derive(Debug, Parser)]
#[command(name = "events", version, propagate_version = true, disable_help_subcommand = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// The store: the path of an SQLite file, or postgres://…; the variable EVENTS_STORE unless given.
    #[arg(long, global = true, value_name = "PATH|URL")]
    pub(crate) store: Option<String>,
    /// The schema that a store in PostgreSQL is in; the variable EVENTS_SCHEMA, or `events`, unless given.
    #[arg(long, global = true)]
    pub(crate) schema: Option<String>,
    /// Answers in JSON, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  export EVENTS_STORE=app.db
  events status                                  how the store and its handlers are
  events status --fail-if 'dead>0,lag>5m'        the same for monitoring: exit code 1
  events handlers list                           the durable handlers, and how far they are behind
  events dead-letters groups                     what fails, and how often
  events dead-letters show 7                     one letter, with its attempts
  events dead-letters redrive 7 --reason fixed   have it tried again

Exit codes: 0 all is well, 1 something is wrong (`check`, `status --fail-if`), 2 it couldn't be done.";

const STATUS: &str = "\
Examples:
  events status
  events status --fail-if 'dead>0,lag>5m,processes<2' >/dev/null || call-somebody
  events --json status | jq .letters.dead";

const CHECK: &str = "\
Examples:
  events check send_welcome
  events check send_welcome --event user_registered     counts only what it takes";

const TAIL: &str = "\
Examples:
  events tail -n 50 --aggregate account
  events tail --follow --event invoice_sent --payload
  events tail -n 1000 --json | jq -r .stream | sort | uniq -c";

const LIST: &str = "\
Examples:
  events handlers list
  events handlers list --watch        again every two seconds, with the rate";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How the store is: events, handlers, letters, processes.
    #[command(after_help = STATUS)]
    Status(StatusArgs),
    /// Compares a handler's checkpoint, the log, its letters and what waits: is anything missing?
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// The newest events.
    #[command(after_help = TAIL)]
    Tail(TailArgs),
    /// All events of one chain, each below the one that caused it, and what became of them.
    Trace(TraceArgs),
    /// Streams: all that has happened to one aggregate.
    #[command(subcommand_required = true)]
    Streams {
        #[command(subcommand)]
        command: StreamsCommand,
    },
    /// Durable handlers: how far they are, and pausing, resuming, resetting, removing them.
    #[command(subcommand_required = true)]
    Handlers {
        #[command(subcommand)]
        command: HandlersCommand,
    },
    /// Dead letters: what handlers have failed on, and what to do about it.
    #[command(visible_alias = "dl", subcommand_required = true)]
    DeadLetters {
        #[command(subcommand)]
        command: DeadLettersCommand,
    },
    /// Runs: dead letters that are tried again one after the other.
    #[command(subcommand_required = true)]
    Runs {
        #[command(subcommand)]
        command: RunsCommand,
    },
    /// What operators have done, newest first.
    Audit(AuditArgs),
}

impl Command {
    /// Whether it only looks: the store is opened read-only then.
    pub(crate) fn only_looks(&self) -> bool {
        match self {
            Self::Handlers { command } => matches!(command, HandlersCommand::List(_)),
            Self::DeadLetters { command } => command.only_looks(),
            Self::Runs { command } => !matches!(command, RunsCommand::Stop { .. }),
            _ => true,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Ends with exit code 1 if one of these holds, such as `dead>0,lag>5m`. Known are dead, retrying,
    /// parked, paused, halted, detached, processes, behind (events), lag and oldest-letter (times).
    #[arg(long, value_name = "CONDITIONS", value_parser = Conditions::parse)]
    pub(crate) fail_if: Option<Conditions>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The handler's name.
    pub(crate) handler: String,
    /// Counts only events of this name, as the handler takes them; may be given again.
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// How many events to begin with.
    #[arg(short = 'n', long, default_value_t = 10)]
    pub(crate) lines: usize,
    /// Goes on with those that come.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only events of this name; may be given again.
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Vec<String>,
    /// Only events of aggregates of this name; may be given again.
    #[arg(long, value_name = "NAME")]
    pub(crate) aggregate: Vec<String>,
    /// Shows the events' data.
    #[arg(long)]
    pub(crate) payload: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The chain's id: that of the event that began it, unless a program has given another.
    pub(crate) correlation: CorrelationId,
    /// Shows the events' data.
    #[arg(long)]
    pub(crate) payload: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StreamsCommand {
    /// The events of one stream, oldest first, and which handlers wait behind one of them.
    Show {
        /// The stream, such as user/42.
        stream: String,
        /// The first version to show.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// The most events to show.
        #[arg(long, default_value = "100")]
        limit: NonZeroUsize,
        /// Shows the events' data.
        #[arg(long)]
        payload: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum HandlersCommand {
    /// All that the store knows.
    #[command(after_help = LIST)]
    List(HandlersListArgs),
    /// Stops a handler: no call is begun any more, and nothing is lost.
    Pause {
        /// The handler's name.
        handler: String,
        #[command(flatten)]
        why: Why,
    },
    /// Lets a handler go on that was paused, or has halted.
    Resume {
        /// The handler's name.
        handler: String,
        #[command(flatten)]
        why: Why,
    },
    /// Lets a handler begin again after a position; its open letters are discarded.
    Reset {
        /// The handler's name.
        handler: String,
        /// After which position: a number, or `start` for all of the log.
        #[arg(long, value_parser = parse_position)]
        to: Position,
        #[command(flatten)]
        why: Why,
        /// Doesn't ask.
        #[arg(long)]
        yes: bool,
    },
    /// Lets a handler make its read model anew: it begins again where it once began, and what it emits on
    /// events that it has handled before is held back. Its open letters are discarded.
    Rebuild {
        /// The handler's name.
        handler: String,
        #[command(flatten)]
        why: Why,
        /// Doesn't ask.
        #[arg(long)]
        yes: bool,
    },
    /// Forgets a handler that no program declares any more; its open letters are discarded.
    Remove {
        /// The handler's name.
        handler: String,
        #[command(flatten)]
        why: Why,
        /// Doesn't ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct HandlersListArgs {
    /// Looks again every so many seconds, until it is interrupted; with a rate from one look to the next.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) watch: Option<u64>,
    /// Ends after so many looks.
    #[arg(long, value_name = "NUMBER", requires = "watch")]
    pub(crate) looks: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Runs, newest first.
    List,
    /// One run, and how far it is.
    Show {
        /// The run's number.
        #[arg(value_parser = operation_id)]
        run: OperationId,
        /// Waits for its end; exit code 1 if a letter has failed or the run was stopped.
        #[arg(long)]
        wait: bool,
    },
    /// Stops a run: what is being tried comes to its end, and nothing more is begun.
    Stop {
        /// The run's number.
        #[arg(value_parser = operation_id)]
        run: OperationId,
        #[command(flatten)]
        why: Why,
    },
}

fn operation_id(text: &str) -> Result<OperationId, String> {
    text.parse().map(OperationId::new).map_err(|_| "not the number of a run".to_owned())
}

/// Who changes something, and why.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why: it is kept in the audit, and shown with what was changed.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who; the name of the user who is logged in unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The most rows to show.
    #[arg(long, default_value = "50")]
    pub(crate) limit: NonZeroUsize,
}

fn parse_position(text: &str) -> Result<Position, String> {
    match text {
        "start" => Ok(Position::START),
        _ => text.parse().map(Position::new).map_err(|_| "neither a number nor `start`".to_owned()),
    }
}
