//! Events, streams and snapshots.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::clock;
use crate::error::Error;
use crate::event::{RecordedEvent, Recording};
use crate::id::{EventId, Position, StreamId, Version};
use crate::store::duplicate::{Content, Known};
use crate::store::{
    Append, AppendError, AppendStatus, Appended, DataPage, Direction, EventFilter, LogPage, LogQuery, Snapshot,
    StoreStats, StreamQuery, limits,
};

/// The log and its indices. A position is an index into `events`, plus one.
#[derive(Default)]
pub(super) struct Log {
    events: Vec<RecordedEvent>,
    by_id: HashMap<EventId, usize>,
    streams: HashMap<StreamId, Vec<usize>>,
    snapshots: HashMap<StreamId, Snapshot>,
    last_recorded_at: Option<DateTime<Utc>>,
}

impl Log {
    pub(super) fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        if let Some(duplicate) = self.duplicate(&append)? {
            return Ok(duplicate);
        }
        self.check(&append)?;
        let recorded_at = self.last_recorded_at.map_or(append.recorded_at(), |last| last.max(append.recorded_at()));
        let mut recordings = Vec::with_capacity(append.events().len());
        for event in append.into_events() {
            let (metadata, payload) = event.into_parts();
            let stream = self.streams.entry(metadata.stream().clone()).or_default();
            let position = Position::new(number(self.events.len()) + 1);
            let version = Version::new(number(stream.len()) + 1);
            let recording = Recording { position, version, recorded_at };
            self.last_recorded_at = Some(recorded_at);
            stream.push(self.events.len());
            self.by_id.insert(metadata.event_id(), self.events.len());
            self.events.push(RecordedEvent::new(metadata, recording, payload));
            recordings.push(recording);
        }
        Ok(Appended::new(AppendStatus::Committed, recordings))
    }

    fn duplicate(&self, append: &Append) -> Result<Option<Appended>, AppendError> {
        let mut known = Known::default();
        for event in append.events() {
            let index = self.by_id.get(&event.metadata().event_id());
            let Some(stored) = index.and_then(|index| self.events.get(*index)) else { continue };
            let Some(at) = stored.metadata().recording() else { continue };
            let content = Content {
                stream: stored.stream(),
                name: stored.name(),
                schema_version: stored.schema_version(),
                payload: stored.payload(),
            };
            known.add(event, &content, at)?;
        }
        known.answer(append.events().len())
    }

    fn check(&self, append: &Append) -> Result<(), AppendError> {
        for (stream, expected) in append.expectations() {
            let actual = self.version(stream);
            if !expected.accepts(actual) {
                return Err(AppendError::Conflict { stream: stream.clone(), expected, actual });
            }
        }
        Ok(())
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        Version::new(number(self.streams.get(stream).map_or(0, Vec::len)))
    }

    pub(super) fn read_stream(&self, stream: &StreamId, query: &StreamQuery) -> Vec<RecordedEvent> {
        let mut events = Vec::new();
        self.visit_stream(stream, query, |event| events.push(event.clone()));
        events
    }

    pub(super) fn read_stream_data(&self, stream: &StreamId, query: &StreamQuery) -> DataPage {
        let (mut page, mut last) = (DataPage::new(), None);
        self.visit_stream(stream, query, |event| {
            page.push(event.data());
            last = Some(event.metadata());
        });
        let full = page.len() == query.limit();
        page.with_more(full).with_last(last.cloned())
    }

    fn visit_stream<'a>(&'a self, stream: &StreamId, query: &StreamQuery, visit: impl FnMut(&'a RecordedEvent)) {
        let Some(indices) = self.streams.get(stream) else { return };
        // Version 1 is the first, at index 0.
        let first = usize::try_from(query.lowest().value().saturating_sub(1)).unwrap_or(usize::MAX);
        let end = usize::try_from(query.highest().value()).unwrap_or(usize::MAX).min(indices.len());
        let events = indices.get(first..end).unwrap_or_default().iter().filter_map(|index| self.events.get(*index));
        match query.direction() {
            Direction::Forwards => events.take(query.limit()).for_each(visit),
            Direction::Backwards => events.rev().take(query.limit()).for_each(visit),
        }
    }

    pub(super) fn read(&self, query: &LogQuery) -> LogPage {
        let matches = |event: &&RecordedEvent| query.filter().matches(event.metadata());
        match query.direction() {
            Direction::Forwards => {
                let after = query.start().unwrap_or(Position::START);
                let rest = self.events.get(index(after)..).unwrap_or_default();
                page(rest.iter().filter(matches), query, after.max(self.end()))
            }
            Direction::Backwards => {
                let before = query.start().map_or(usize::MAX, |before| index(before).saturating_sub(1));
                let rest = self.events.get(..before).unwrap_or(&self.events);
                page(rest.iter().rev().filter(matches), query, Position::START)
            }
        }
    }

    pub(super) fn end(&self) -> Position {
        Position::new(number(self.events.len()))
    }

    pub(super) fn count(&self, filter: &EventFilter) -> u64 {
        number(self.events.iter().filter(|event| filter.matches(event.metadata())).count())
    }

    pub(super) fn stats(&self) -> StoreStats {
        let mut stats = StoreStats {
            events: number(self.events.len()),
            streams: number(self.streams.len()),
            snapshots: number(self.snapshots.len()),
            last_position: self.end(),
            ..StoreStats::default()
        };
        for event in &self.events {
            *stats.by_event.entry(event.name().clone()).or_default() += 1;
            *stats.by_aggregate.entry(event.stream().aggregate().clone()).or_default() += 1;
        }
        stats
    }

    pub(super) fn load_snapshot(&self, stream: &StreamId) -> Option<Snapshot> {
        self.snapshots.get(stream).cloned()
    }

    pub(super) fn save_snapshot(&mut self, mut snapshot: Snapshot) -> Result<(), Error> {
        limits::check_number("version of the snapshot", snapshot.version.value())?;
        snapshot.taken_at = clock::cut(snapshot.taken_at);
        let newer = |kept: &Snapshot| kept.fingerprint == snapshot.fingerprint && kept.version > snapshot.version;
        if !self.snapshots.get(&snapshot.stream).is_some_and(newer) {
            self.snapshots.insert(snapshot.stream.clone(), snapshot);
        }
        Ok(())
    }

    pub(super) fn delete_snapshot(&mut self, stream: &StreamId) {
        self.snapshots.remove(stream);
    }
}

/// Takes events up to the limit, and looks whether there is one more; if not, the log was looked at
/// up to its end.
fn page<'a>(mut rest: impl Iterator<Item = &'a RecordedEvent>, query: &LogQuery, end: Position) -> LogPage {
    if query.limit() == 0 {
        return LogPage::new(Vec::new(), None, query.start().unwrap_or(Position::START));
    }
    let events: Vec<_> = rest.by_ref().take(query.limit()).cloned().collect();
    let next = events.last().map(RecordedEvent::position).filter(|_| rest.next().is_some());
    LogPage::new(events, next, next.unwrap_or(end))
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn index(position: Position) -> usize {
    usize::try_from(position.value()).unwrap_or(usize::MAX)
}
