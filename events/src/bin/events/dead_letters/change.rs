//! Redriving some letters, discarding, holding, releasing, restoring.

use std::collections::BTreeSet;
use std::io;

use events::store::{LetterId, LetterQuery, LetterStatus};
use events::{DeadLetterQueue, DurableHandlers, EventStore, HandlerName};
use serde::Serialize;

use super::args::{ChangeArgs, Filter};
use super::groups::Groups;
use super::{pick, redrive};
use crate::confirm::confirm;
use crate::failure::{Failure, Found};
use crate::open;
use crate::out::{Out, View};
use crate::text;

/// What is done to letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Redrive,
    Discard,
    Hold,
    Release,
    Restore,
}

impl Change {
    /// What letters it is meant for when nothing is said.
    fn statuses(self) -> Vec<LetterStatus> {
        match self {
            Self::Redrive => vec![LetterStatus::Dead],
            Self::Discard | Self::Hold => vec![LetterStatus::Retrying, LetterStatus::Dead],
            Self::Release | Self::Restore => vec![LetterStatus::Discarded],
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Redrive => "redriven",
            Self::Discard => "discarded",
            Self::Hold => "discarded and held",
            Self::Release => "released",
            Self::Restore => "restored",
        }
    }
}

pub(super) async fn run(
    store: &EventStore,
    queue: &DeadLetterQueue,
    change: Change,
    args: &ChangeArgs,
    out: &mut Out<'_>,
) -> Result<Found, Failure> {
    let audit = open::audit(&args.why)?;
    let letters = chosen(queue, change, args).await?;
    if args.letters.is_empty() && !args.yes {
        let groups = groups(queue, letters.clone()).await?;
        if !out.is_json() {
            groups.print(out)?;
        }
        let count = text::count(groups.letters(), "letter");
        confirm(false, &format!("{count} would be {}", change.done()))?;
    }
    let changed = match change {
        Change::Redrive => queue.redrive(letters, audit).await?,
        Change::Discard => queue.discard(letters, audit).await?,
        Change::Hold => queue.hold(letters, audit).await?,
        Change::Release => queue.release(letters, audit).await?,
        Change::Restore => queue.restore(letters, audit).await?,
    };
    let unchanged = unchanged(queue, &args.letters, &changed).await?;
    let unattended = match change {
        Change::Redrive => unattended(store, queue, &changed).await?,
        _ => Vec::new(),
    };
    let found = if unchanged.is_empty() { Found::Fine } else { Found::Wrong };
    out.show(&Changed { action: change, letters: changed, unchanged, unattended })?;
    Ok(found)
}

/// The letters that are meant, by failure.
pub(super) async fn groups(queue: &DeadLetterQueue, letters: LetterQuery) -> Result<Groups, Failure> {
    Ok(Groups::from(queue.groups(letters).await?))
}

/// Which letters are meant.
pub(super) async fn chosen(queue: &DeadLetterQueue, change: Change, args: &ChangeArgs) -> Result<LetterQuery, Failure> {
    let Filter { status, handler, event, class, group } = &args.filter;
    let is_open = status.is_empty() && handler.is_none() && event.is_none() && class.is_none() && group.is_none();
    match (args.letters.is_empty(), is_open, args.all) {
        (false, true, false) => Ok(LetterQuery::new().ids(args.letters.iter().copied())),
        (false, ..) => Err(Failure::refused("give either the letters' numbers, or which they are, and not both")),
        (true, true, false) => {
            Err(Failure::refused("which letters? Give their numbers, a filter such as --handler or --group, or --all"))
        }
        (true, ..) => {
            let mut filter = args.filter.clone();
            if filter.status.is_empty() {
                filter.status = change.statuses();
            }
            let query = pick::query(queue, &filter).await?;
            Ok(if change == Change::Release { query.held() } else { query })
        }
    }
}

/// The letters that were named and not changed, with what they are.
async fn unchanged(
    queue: &DeadLetterQueue,
    named: &[LetterId],
    changed: &[LetterId],
) -> Result<Vec<Unchanged>, Failure> {
    let mut unchanged = Vec::new();
    for letter in named.iter().filter(|named| !changed.contains(named)) {
        let status = queue.get(*letter).await?.map(|letter| letter.status);
        unchanged.push(Unchanged { letter: *letter, status });
    }
    Ok(unchanged)
}

/// The durable handlers of these letters that no process would call.
async fn unattended(
    store: &EventStore,
    queue: &DeadLetterQueue,
    letters: &[LetterId],
) -> Result<Vec<HandlerName>, Failure> {
    const SOME: usize = 500;
    let mut names = BTreeSet::new();
    for some in letters.chunks(SOME) {
        let letters = queue.list(LetterQuery::new().ids(some.iter().copied())).await?;
        names.extend(letters.iter().map(|letter| letter.handler.clone()));
    }
    let handlers = DurableHandlers::new(store.clone());
    let (rows, processes) = (handlers.list().await?, handlers.processes().await?);
    let declared = |name: &HandlerName| processes.iter().any(|process| process.handlers.contains(name));
    Ok(names.into_iter().filter(|name| rows.iter().any(|row| row.name == *name) && !declared(name)).collect())
}

#[derive(Serialize)]
struct Changed {
    action: Change,
    letters: Vec<LetterId>,
    /// Letters that were named and aren't of a status to which it can be done.
    unchanged: Vec<Unchanged>,
    /// Handlers that no live process declares: their letters wait for one.
    unattended: Vec<HandlerName>,
}

#[derive(Serialize)]
struct Unchanged {
    letter: LetterId,
    /// Null if there is no such letter.
    status: Option<LetterStatus>,
}

impl View for Changed {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let letters = text::count(self.letters.len() as u64, "letter");
        out.line(format_args!("{letters} {}.", self.action.done()))?;
        for Unchanged { letter, status } in &self.unchanged {
            match status {
                Some(status) => out.line(format_args!("Letter {letter} is {status}, so nothing was done to it."))?,
                None => out.line(format_args!("There is no letter {letter}."))?,
            }
        }
        redrive::say_unattended(&self.unattended, out)
    }
}
