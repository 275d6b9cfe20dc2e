//! What can be typed after `dead-letters`.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::{Args, Subcommand};
use events::Class;
use events::store::{LetterId, LetterStatus};

use crate::args::Why;
use crate::text;

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// What fails, and how often: letters by handler, class, type of error and event.
    Groups(Filter),
    /// Letters, oldest first.
    List(ListArgs),
    /// One letter, with its attempts and its event.
    Show(ShowArgs),
    /// Has letters tried again: those of these numbers at once, with all their attempts; those that are
    /// picked by options one after the other, as a run that stops when they fail.
    #[command(after_help = REDRIVE)]
    Redrive(RedriveArgs),
    /// Has a letter's event handled with other data; the event in the log stays as it is.
    #[command(after_help = EDIT)]
    Edit(EditArgs),
    /// Gives letters up; what waits behind them goes on. They can be restored until they are purged.
    Discard(DiscardArgs),
    /// Lets go on what waits behind letters that were discarded with --hold.
    Release(ChangeArgs),
    /// Makes discarded letters dead again.
    Restore(ChangeArgs),
    /// Writes a letter as JSON, to be replayed elsewhere. The event's data is in it.
    #[command(after_help = EXPORT)]
    Export {
        /// The letter's number.
        #[arg(value_parser = letter_id)]
        letter: LetterId,
    },
    /// Removes closed letters for good.
    Purge(PurgeArgs),
}

const REDRIVE: &str = "\
Examples:
  events dead-letters redrive 7 8 --reason 'the gateway knows francs'
  events dead-letters redrive --group 3f2a91c4 --dry-run
  events dead-letters redrive --group 3f2a91c4 --reason 'the gateway is back' --rate 600 --stop-after 5 --wait";

const EDIT: &str = "\
Example:
  events dead-letters show 7 --payload --json | jq .recorded.payload > data.json
  (change data.json)
  events dead-letters edit 7 data.json --reason 'the city was missing'
  events dead-letters redrive 7 --reason 'the city is there'";

const EXPORT: &str = "\
Example:
  events dead-letters export 7 > letter.json";

impl DeadLettersCommand {
    pub(crate) fn only_looks(&self) -> bool {
        matches!(self, Self::Groups(_) | Self::List(_) | Self::Show(_) | Self::Export { .. })
    }
}

/// Which letters; all that is given must hold.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filter {
    /// Letters of this status: retrying, dead, resolved or discarded; may be given again.
    #[arg(long, value_parser = status)]
    pub(crate) status: Vec<LetterStatus>,
    /// Letters of this handler.
    #[arg(long, value_name = "NAME")]
    pub(crate) handler: Option<String>,
    /// Letters about events of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,
    /// Letters whose last failure was transient, permanent, timeout, panic or decode.
    #[arg(long, value_parser = class)]
    pub(crate) class: Option<Class>,
    /// Letters of this group, as `groups` shows it, or its first digits.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// The most letters to show.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) limit: u16,
    /// Only letters after this one: the next page.
    #[arg(long, value_name = "LETTER", value_parser = letter_id)]
    pub(crate) after: Option<LetterId>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The letter's number.
    #[arg(value_parser = letter_id)]
    pub(crate) letter: LetterId,
    /// Shows the event's data.
    #[arg(long)]
    pub(crate) payload: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    /// The letters' numbers; or say which by the options.
    #[arg(value_name = "LETTER", value_parser = letter_id)]
    pub(crate) letters: Vec<LetterId>,
    /// All letters that it can be done to.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) why: Why,
    /// Doesn't ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RedriveArgs {
    /// Begins at most so many letters in a minute.
    #[arg(long, value_name = "LETTERS")]
    pub(crate) rate: Option<NonZeroU32>,
    /// Goes on until so many letters have failed; the first one stops it unless given.
    #[arg(long, value_name = "FAILURES")]
    pub(crate) stop_after: Option<NonZeroU32>,
    /// Says what a run would do, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Waits for the end of the run; exit code 1 if a letter has failed.
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiscardArgs {
    /// What waits behind the letters goes on waiting, until they are released or restored.
    #[arg(long)]
    pub(crate) hold: bool,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// The letter's number.
    #[arg(value_parser = letter_id)]
    pub(crate) letter: LetterId,
    /// The file that has the data as JSON; `-` reads them from standard input.
    #[arg(value_name = "FILE")]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArgs {
    /// Letters of this status: resolved or discarded.
    #[arg(long, value_parser = status)]
    pub(crate) status: LetterStatus,
    /// Letters that were closed at least so long ago, such as 30d.
    #[arg(long, value_name = "TIME", value_parser = text::parse_duration)]
    pub(crate) older_than: Duration,
    #[command(flatten)]
    pub(crate) why: Why,
    /// Doesn't ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

pub(crate) fn letter_id(text: &str) -> Result<LetterId, String> {
    text.parse().map(LetterId::new).map_err(|_| "not the number of a letter".to_owned())
}

fn status(text: &str) -> Result<LetterStatus, String> {
    let known = LetterStatus::ALL.into_iter().find(|status| status.as_str() == text);
    known.ok_or_else(|| "there are: retrying, dead, resolved, discarded".to_owned())
}

fn class(text: &str) -> Result<Class, String> {
    let classes = [Class::Transient, Class::Permanent, Class::Timeout, Class::Panic, Class::Decode];
    let known = classes.into_iter().find(|class| class.as_str() == text);
    known.ok_or_else(|| "there are: transient, permanent, timeout, panic, decode".to_owned())
}
