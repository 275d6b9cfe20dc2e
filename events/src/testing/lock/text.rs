//! The file: a line for each fact, sorted, so that its diff says what has changed.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{EventsLock, LockedEvent, LockedHandler, ParseLockError};
use crate::event::shape::Fact;

/// What the file says to whoever opens it.
const HEAD: &str = "\
# What stored events look like, and which handlers there are. A test compares the program with it, by
# `events::testing::assert_lock`. Commit it; don't edit it: `EVENTS_LOCK=update cargo test` writes it.
#
# `name: what` is a part of an event as it is stored, and `name?` may be missing. `a.b` is a field of a,
# `a[]` an element of it, `a{}` a value of a map, `a=b` one of several that it may be, `a.*` what else it
# has. Of what is opaque only the name is known, because its type has no `EventShape`.
";

/// The format that this version writes, and the newest that it reads.
const FORMAT: u32 = 1;

impl fmt::Display for EventsLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}format {FORMAT}")?;
        for (name, events) in &self.aggregates {
            writeln!(f, "\naggregate {name}")?;
            write_events(f, events)?;
        }
        for ((name, version), event) in &self.events {
            let aggregate = event.aggregate.as_deref().unwrap_or(NO_AGGREGATE);
            writeln!(f, "\nevent {name} v{version} of {aggregate}")?;
            event.facts.values().try_for_each(|fact| writeln!(f, "  {fact}"))?;
        }
        for (name, handler) in &self.handlers {
            writeln!(f, "\nhandler {name}, {}", if handler.durable { "durable" } else { "inline" })?;
            match &handler.events {
                Some(events) => write_events(f, events)?,
                None => writeln!(f, "  {ALL_EVENTS}")?,
            }
        }
        Ok(())
    }
}

const NO_AGGREGATE: &str = "no aggregate";
const ALL_EVENTS: &str = "all events";

fn write_events(f: &mut fmt::Formatter<'_>, events: &BTreeSet<String>) -> fmt::Result {
    events.iter().try_for_each(|event| writeln!(f, "  event {event}"))
}

impl FromStr for EventsLock {
    type Err = ParseLockError;

    fn from_str(text: &str) -> Result<Self, ParseLockError> {
        let lines = (1..).zip(text.lines().map(str::trim_end));
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let (line, first) = lines.next().unwrap_or((1, ""));
        check_format(first).ok_or_else(|| wrong(line, "the file begins with `format 1`"))??;
        let mut reader = Reader::default();
        for (number, line) in lines {
            reader.line(line).map_err(|problem| wrong(number, problem))?;
        }
        Ok(reader.lock)
    }
}

fn wrong(line: usize, problem: impl Into<String>) -> ParseLockError {
    ParseLockError::Line { line, problem: problem.into() }
}

fn check_format(line: &str) -> Option<Result<(), ParseLockError>> {
    let format: u32 = line.strip_prefix("format ")?.parse().ok().filter(|format| *format > 0)?;
    Some(if format > FORMAT { Err(ParseLockError::Newer { format }) } else { Ok(()) })
}

#[derive(Default)]
struct Reader {
    lock: EventsLock,
    /// What the indented lines are about.
    subject: Option<Subject>,
}

enum Subject {
    Aggregate(String),
    Event(String, u32),
    Handler(String),
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        match line.strip_prefix("  ") {
            Some(entry) => self.entry(entry),
            None => self.head(line),
        }
    }

    /// The line that begins an aggregate, an event or a handler.
    fn head(&mut self, line: &str) -> Result<(), String> {
        let lock = &mut self.lock;
        let twice = match line.split_once(' ') {
            Some(("aggregate", name)) => {
                self.subject = Some(Subject::Aggregate(name.to_owned()));
                lock.aggregates.insert(name.to_owned(), BTreeSet::new()).is_some()
            }
            Some(("event", rest)) => {
                let (name, version, aggregate) = event_head(rest).ok_or_else(|| unknown(line))?;
                self.subject = Some(Subject::Event(name.to_owned(), version));
                let aggregate = (aggregate != NO_AGGREGATE).then(|| aggregate.to_owned());
                let event = LockedEvent { aggregate, facts: Default::default() };
                lock.events.insert((name.to_owned(), version), event).is_some()
            }
            Some(("handler", rest)) => {
                let (name, delivery) = rest.split_once(", ").ok_or_else(|| unknown(line))?;
                let durable = match delivery {
                    "durable" => true,
                    "inline" => false,
                    _ => return Err(unknown(line)),
                };
                self.subject = Some(Subject::Handler(name.to_owned()));
                let handler = LockedHandler { durable, events: Some(BTreeSet::new()), renamed_from: None };
                lock.handlers.insert(name.to_owned(), handler).is_some()
            }
            _ => return Err(unknown(line)),
        };
        if twice { Err(format!("`{line}` is there twice")) } else { Ok(()) }
    }

    /// A line about it.
    fn entry(&mut self, entry: &str) -> Result<(), String> {
        let event = || entry.strip_prefix("event ").map(str::to_owned);
        let done = match &self.subject {
            Some(Subject::Aggregate(name)) => {
                self.lock.aggregates.get_mut(name).and_then(|it| Some(it.insert(event()?)))
            }
            Some(Subject::Event(name, version)) => {
                let locked = self.lock.events.get_mut(&(name.clone(), *version));
                locked.and_then(|it| Fact::parse(entry).map(|fact| it.facts.insert(fact.path.clone(), fact).is_none()))
            }
            Some(Subject::Handler(name)) => self.lock.handlers.get_mut(name).and_then(|it| {
                if entry == ALL_EVENTS {
                    return Some(it.events.take().is_some());
                }
                Some(it.events.as_mut()?.insert(event()?))
            }),
            None => None,
        };
        match done {
            Some(true) => Ok(()),
            Some(false) => Err(format!("`{entry}` is there twice")),
            None => Err(unknown(entry)),
        }
    }
}

/// `user_registered v1 of user`
fn event_head(rest: &str) -> Option<(&str, u32, &str)> {
    let (name, rest) = rest.split_once(" v")?;
    let (version, aggregate) = rest.split_once(" of ")?;
    Some((name, version.parse().ok()?, aggregate))
}

fn unknown(line: &str) -> String {
    format!("`{line}` can't be understood here")
}
