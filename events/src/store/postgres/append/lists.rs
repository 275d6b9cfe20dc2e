//! Commits as the lists that the function takes.

use std::collections::HashMap;

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::Mode;
use crate::error::Error;
use crate::event::EventMetadata;
use crate::id::StreamId;
use crate::store::extras::Extras;
use crate::store::postgres::values::{Id, Json, Time};
use crate::store::{Append, ExpectedVersion, NewEvent};

/// What a touch expects when it isn't a version.
const ANY: i64 = -1;
const EXISTS: i64 = -2;

/// The arguments of `append`, in the words of `functions.sql`.
pub(super) struct Lists<'a> {
    mode: Mode,
    streams: Streams<'a>,
    commit_times: Vec<Time>,
    commit_touches: Vec<i32>,
    commit_events: Vec<i32>,
    known: Vec<Option<Id>>,
    touch_commits: Vec<i32>,
    touch_streams: Vec<i32>,
    touch_expected: Vec<i64>,
    touch_events: Vec<i64>,
    event_touches: Vec<i32>,
    event_numbers: Vec<i32>,
    events: Vec<&'a NewEvent>,
    extras: Vec<Option<String>>,
}

/// The streams of all commits, sorted.
struct Streams<'a> {
    sorted: Vec<(&'a str, String)>,
    made: Vec<bool>,
    numbers: HashMap<&'a StreamId, i32>,
}

impl<'a> Streams<'a> {
    fn of(commits: &[&'a Append]) -> Self {
        let mut numbers: HashMap<&StreamId, i32> = HashMap::new();
        for commit in commits {
            let written = commit.events().iter().map(|event| event.metadata().stream());
            numbers.extend(commit.expectations().map(|(stream, _)| stream).chain(written).map(|stream| (stream, 0)));
        }
        let mut sorted: Vec<_> =
            numbers.keys().map(|stream| (stream.aggregate().as_str(), stream.id().to_string(), *stream)).collect();
        sorted.sort_unstable_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
        let mut names = Vec::with_capacity(sorted.len());
        for ((aggregate, id, stream), number) in sorted.into_iter().zip(1..) {
            numbers.insert(stream, number);
            names.push((aggregate, id));
        }
        Self { made: vec![false; names.len()], sorted: names, numbers }
    }

    fn number(&self, stream: &StreamId) -> i32 {
        self.numbers.get(stream).copied().unwrap_or(0)
    }

    /// The stream's row is to be made if it isn't there.
    fn make(&mut self, number: i32) {
        if let Some(made) = index(number).and_then(|index| self.made.get_mut(index)) {
            *made = true;
        }
    }

    fn id(&self, stream: &StreamId) -> &str {
        let named = index(self.number(stream)).and_then(|index| self.sorted.get(index));
        named.map_or("", |(_, id)| id)
    }
}

/// PostgreSQL counts from one.
fn index(number: i32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

impl<'a> Lists<'a> {
    pub(super) fn of(commits: &[&'a Append], mode: Mode) -> Result<Self, Error> {
        let total = commits.iter().map(|commit| commit.events().len()).sum();
        let mut lists = Self {
            mode,
            streams: Streams::of(commits),
            commit_times: Vec::with_capacity(commits.len()),
            commit_touches: Vec::with_capacity(commits.len()),
            commit_events: Vec::with_capacity(commits.len()),
            known: Vec::new(),
            touch_commits: Vec::with_capacity(commits.len()),
            touch_streams: Vec::with_capacity(commits.len()),
            touch_expected: Vec::with_capacity(commits.len()),
            touch_events: Vec::with_capacity(commits.len()),
            event_touches: Vec::with_capacity(total),
            event_numbers: Vec::with_capacity(total),
            events: Vec::with_capacity(total),
            extras: Vec::with_capacity(total),
        };
        for (commit, number) in commits.iter().zip(1..) {
            lists.add(commit, number)?;
        }
        Ok(lists)
    }

    fn add(&mut self, commit: &'a Append, number: i32) -> Result<(), Error> {
        let before = self.touch_streams.len();
        let mut touches: HashMap<i32, usize> = HashMap::new();
        for (stream, expected) in commit.expectations() {
            let stream = self.streams.number(stream);
            touches.insert(stream, self.touch_streams.len());
            self.touch(number, stream, expected);
        }
        for event in commit.events() {
            let stream = self.streams.number(event.metadata().stream());
            let touch = match touches.get(&stream) {
                Some(touch) => *touch,
                None => {
                    touches.insert(stream, self.touch_streams.len());
                    self.touch(number, stream, ExpectedVersion::Any)
                }
            };
            self.streams.make(stream);
            let Some(count) = self.touch_events.get_mut(touch) else { continue };
            *count += 1;
            self.event_numbers.push(i32::try_from(*count).unwrap_or(i32::MAX));
            self.event_touches.push(i32::try_from(touch + 1).unwrap_or(i32::MAX));
            self.extras.push(Extras::of(event.metadata())?);
            self.events.push(event);
        }
        self.commit_times.push(Time::new("time of recording", commit.recorded_at())?);
        self.commit_touches.push(i32::try_from(self.touch_streams.len() - before).unwrap_or(i32::MAX));
        self.commit_events.push(i32::try_from(commit.events().len()).unwrap_or(i32::MAX));
        let ids = commit.events().iter().map(|event| Id(event.metadata().event_id().as_uuid()));
        match self.mode {
            Mode::Quick => self.known.push(ids.take(1).next()),
            Mode::Careful => self.known.extend(ids.map(Some)),
        }
        Ok(())
    }

    fn touch(&mut self, commit: i32, stream: i32, expected: ExpectedVersion) -> usize {
        let expected = match expected {
            ExpectedVersion::Any => ANY,
            ExpectedVersion::Exists => EXISTS,
            ExpectedVersion::NoStream => 0,
            // No stream gets as far as the largest number.
            ExpectedVersion::Exact(version) => i64::try_from(version.value()).unwrap_or(i64::MAX),
        };
        if expected == 0 {
            self.streams.make(stream);
        }
        self.touch_commits.push(commit);
        self.touch_streams.push(stream);
        self.touch_expected.push(expected);
        self.touch_events.push(0);
        self.touch_streams.len() - 1
    }

    pub(super) fn bind(&self, query: Query<'a, Postgres, PgArguments>) -> Query<'a, Postgres, PgArguments> {
        let metadata = || self.events.iter().map(|event| event.metadata());
        let (aggregates, ids): (Vec<_>, Vec<_>) = self.streams.sorted.iter().map(|(name, id)| (*name, id)).unzip();
        let micros: Vec<_> = self.commit_times.iter().map(|time| time.micros()).collect();
        query
            .bind(self.mode == Mode::Careful)
            .bind(aggregates)
            .bind(ids)
            .bind(&self.streams.made)
            .bind(&self.commit_times)
            .bind(micros)
            .bind(&self.commit_touches)
            .bind(&self.commit_events)
            .bind(&self.known)
            .bind(&self.touch_commits)
            .bind(&self.touch_streams)
            .bind(&self.touch_expected)
            .bind(&self.touch_events)
            .bind(&self.event_touches)
            .bind(&self.event_numbers)
            .bind(metadata().map(|metadata| Id(metadata.event_id().as_uuid())).collect::<Vec<_>>())
            .bind(metadata().map(|metadata| metadata.stream().aggregate().as_str()).collect::<Vec<_>>())
            .bind(metadata().map(|metadata| self.streams.id(metadata.stream())).collect::<Vec<_>>())
            .bind(metadata().map(|metadata| metadata.name().as_str()).collect::<Vec<_>>())
            .bind(metadata().map(|metadata| i64::from(metadata.schema_version().value())).collect::<Vec<_>>())
            .bind(metadata().map(Self::occurred_at).collect::<Vec<_>>())
            .bind(metadata().map(|metadata| Id(metadata.correlation_id().as_uuid())).collect::<Vec<_>>())
            .bind(some(metadata().map(|metadata| metadata.causation_id().map(|id| Id(id.as_uuid())))))
            .bind(some(metadata().map(|metadata| metadata.actor().map(|actor| actor.as_str()))))
            .bind(some(metadata().map(|metadata| metadata.tenant().map(|tenant| tenant.as_str()))))
            .bind(self.events.iter().map(|event| Json(event.payload().as_json())).collect::<Vec<_>>())
            .bind(some(self.extras.iter().map(|extras| extras.as_deref().map(Json))))
    }

    /// All stores refuse what lies outside of the years that PostgreSQL has.
    fn occurred_at(metadata: &EventMetadata) -> Time {
        Time::at_most(metadata.occurred_at())
    }

    /// The stream and what was expected of it, and its number among the touches of all commits.
    pub(super) fn conflict(&self, commit: &Append, touch: usize) -> Option<(StreamId, ExpectedVersion)> {
        let stream = *self.touch_streams.get(touch)?;
        let found = commit.expectations().find(|(expected, _)| self.streams.number(expected) == stream);
        found.map(|(stream, expected)| (stream.clone(), expected))
    }

    /// For each event of all commits: its touch, and which one it is there.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, i64)> {
        let touches = self.event_touches.iter().map(|touch| index(*touch).unwrap_or(0));
        touches.zip(self.event_numbers.iter().map(|number| i64::from(*number)))
    }
}

/// A list that may have holes; none is sent if there is nothing in it.
fn some<T>(values: impl Iterator<Item = Option<T>>) -> Vec<Option<T>> {
    let values: Vec<_> = values.collect();
    if values.iter().all(Option::is_none) { Vec::new() } else { values }
}
