//! The events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::event::Recording;
use events::prelude::*;
use events::store::{AppendStatus, StoreStats};
use events::{AggregateName, Position};

use super::Commit;
use crate::answer::{Answer, Refused, Seen};
use crate::command::{EventDraft, FilterDraft, Start};
use crate::values::{aggregate, correlation, event_id, metadata, name, payload, second, stream};

#[derive(Default)]
pub(super) struct Log(Vec<Entry>);

struct Entry {
    draft: EventDraft,
    recording: Recording,
}

impl Entry {
    fn id(&self) -> EventId {
        event_id(self.draft.id)
    }

    fn stream(&self) -> StreamId {
        stream(self.draft.stream)
    }

    fn seen(&self) -> Seen {
        let event = RecordedEvent::new(metadata(&self.draft), self.recording, payload(&self.draft));
        Seen::new(&event, self.recording)
    }

    /// Same stream, name, schema version and data.
    fn has_content_of(&self, other: &EventDraft) -> bool {
        self.stream() == stream(other.stream)
            && name(self.draft.name) == name(other.name)
            && self.draft.schema_version == other.schema_version
            && payload(&self.draft).as_json() == payload(other).as_json()
    }

    fn is_wanted(&self, filter: &FilterDraft) -> bool {
        let draft = &self.draft;
        let recorded_at = self.recording.recorded_at;
        let own_correlation = correlation(draft.correlation.unwrap_or(draft.id));
        (filter.names.is_empty() || filter.names.iter().any(|wanted| name(*wanted) == name(draft.name)))
            && (filter.aggregates.is_empty()
                || filter.aggregates.iter().any(|wanted| aggregate(*wanted) == aggregate(draft.stream)))
            && filter.stream.is_none_or(|wanted| stream(wanted) == self.stream())
            && filter.from.is_none_or(|from| recorded_at >= second(from))
            && filter.until.is_none_or(|until| recorded_at < second(until))
            && filter.correlation.is_none_or(|wanted| correlation(wanted) == own_correlation)
            && filter.causation.is_none_or(|wanted| draft.causation == Some(wanted))
    }
}

impl Log {
    pub(super) fn length(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        Version::new(self.0.iter().filter(|entry| entry.stream() == *stream).count() as u64)
    }

    pub(super) fn append(&mut self, commit: &Commit, now: DateTime<Utc>) -> Answer {
        match self.refusal(commit) {
            Some(refused) => Answer::Refused(refused),
            None => match self.known(commit) {
                Some(recordings) => Answer::Appended(AppendStatus::Duplicate, recordings),
                None => self.write(commit, now),
            },
        }
    }

    /// First the ids of the commit by themselves, then those that are there with other content, then
    /// those that are there in part, then the versions.
    fn refusal(&self, commit: &Commit) -> Option<Refused> {
        let ids: Vec<_> = commit.events.iter().map(|event| event_id(event.id)).collect();
        if let Some(index) = (0..ids.len()).find(|index| ids[..*index].contains(&ids[*index])) {
            return Some(Refused::EventIdReused { event_id: ids[index] });
        }
        let stored = |draft: &EventDraft| self.0.iter().find(|entry| entry.id() == event_id(draft.id));
        let other = |draft: &&EventDraft| stored(draft).is_some_and(|entry| !entry.has_content_of(draft));
        if let Some(draft) = commit.events.iter().find(other) {
            return Some(Refused::EventIdReused { event_id: event_id(draft.id) });
        }
        let present: Vec<_> = commit.events.iter().filter_map(stored).collect();
        match present.first() {
            Some(_) if present.len() == ids.len() => None,
            Some(first) => {
                Some(Refused::PartialDuplicate { present: present.len(), total: ids.len(), first: first.id() })
            }
            None => self.conflict(commit),
        }
    }

    /// The first belief that is wrong; of what is said twice of a stream, the last counts, and stands last.
    fn conflict(&self, commit: &Commit) -> Option<Refused> {
        let said =
            |index: usize| commit.expected[index + 1..].iter().all(|(stream, _)| *stream != commit.expected[index].0);
        let counting = (0..commit.expected.len()).filter(|index| said(*index)).map(|index| &commit.expected[index]);
        counting.map(|(stream, expected)| (stream, *expected, self.version(stream))).find_map(
            |(stream, expected, actual)| {
                let wrong = !expected.accepts(actual);
                wrong.then(|| Refused::Conflict { stream: stream.clone(), expected, actual })
            },
        )
    }

    /// Where the events are, if the commit is one that is there; after `refusal` it is so wholly or not at all.
    fn known(&self, commit: &Commit) -> Option<Vec<Recording>> {
        let stored = |draft: &EventDraft| self.0.iter().find(|entry| entry.id() == event_id(draft.id));
        let known: Vec<_> = commit.events.iter().filter_map(stored).map(|entry| entry.recording).collect();
        (!known.is_empty()).then_some(known)
    }

    /// The time of recording is never before that of the event ahead.
    fn write(&mut self, commit: &Commit, now: DateTime<Utc>) -> Answer {
        let last = self.0.last().map_or(now, |entry| entry.recording.recorded_at);
        let mut recordings = Vec::new();
        for draft in &commit.events {
            let recording = Recording {
                position: Position::new(self.length() + 1),
                version: self.version(&stream(draft.stream)).next(),
                recorded_at: now.max(last),
            };
            recordings.push(recording);
            self.0.push(Entry { draft: draft.clone(), recording });
        }
        Answer::Appended(AppendStatus::Committed, recordings)
    }

    pub(super) fn read_stream(
        &self,
        stream: &StreamId,
        (from, to): (u64, u64),
        backwards: bool,
        limit: usize,
    ) -> Vec<Seen> {
        let inside =
            |entry: &&Entry| entry.stream() == *stream && (from..=to).contains(&entry.recording.version.value());
        let mut events: Vec<_> = self.0.iter().filter(inside).map(Entry::seen).collect();
        if backwards {
            events.reverse();
        }
        events.truncate(limit);
        events
    }

    /// A page. Without any more behind it, the log was looked at up to its end.
    pub(super) fn read(&self, start: Start, filter: &FilterDraft, limit: usize) -> Answer {
        let place = |number: u8| u64::from(number) % (self.length() + 1);
        let (begin, end) = match start {
            Start::Beginning => (0, self.length()),
            Start::After(number) => (place(number), self.length()),
            Start::End => (0, 0),
            Start::Before(number) => (place(number), 0),
        };
        if limit == 0 {
            return Answer::Page(Vec::new(), None, begin);
        }
        let at = |entry: &Entry| entry.recording.position.value();
        let wanted = self.0.iter().filter(|entry| entry.is_wanted(filter));
        let mut entries: Vec<&Entry> = match start {
            Start::Beginning | Start::After(_) => wanted.filter(|entry| at(entry) > begin).collect(),
            Start::End => wanted.rev().collect(),
            Start::Before(_) => wanted.rev().filter(|entry| at(entry) < begin).collect(),
        };
        let limit = limit.min(1_000);
        let is_more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().map(|entry| at(entry)).filter(|_| is_more);
        Answer::Page(entries.into_iter().map(Entry::seen).collect(), next, next.unwrap_or(end))
    }

    pub(super) fn count(&self, filter: &FilterDraft) -> u64 {
        self.0.iter().filter(|entry| entry.is_wanted(filter)).count() as u64
    }

    pub(super) fn stats(&self, snapshots: usize) -> StoreStats {
        let mut stats = StoreStats::default();
        let mut streams = BTreeMap::new();
        for entry in &self.0 {
            *stats.by_event.entry(name(entry.draft.name)).or_default() += 1;
            *stats.by_aggregate.entry(AggregateName::from(aggregate(entry.draft.stream))).or_default() += 1;
            streams.insert(entry.stream().to_string(), ());
        }
        stats.events = self.length();
        stats.streams = streams.len() as u64;
        stats.snapshots = snapshots as u64;
        stats.last_position = Position::new(self.length());
        stats
    }
}
