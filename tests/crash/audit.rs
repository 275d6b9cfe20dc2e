//! The comparison: what must be in the store, what may be, and what is.

use std::collections::BTreeMap;

use anyhow::Result;
use events::prelude::*;
use events::store::{LogQuery, StreamQuery};

use crate::journal::Journal;
use crate::plan::{Draft, Key, Written};
use crate::report::Place;

/// What a store holds, read through its public face.
pub(crate) struct Contents {
    pub(crate) log: Vec<RecordedEvent>,
    /// Each stream by itself, with the version that the store says it has.
    pub(crate) streams: BTreeMap<String, (Version, Vec<RecordedEvent>)>,
}

impl Contents {
    pub(crate) async fn read(store: &EventStore) -> Result<Self> {
        let mut log: Vec<RecordedEvent> = Vec::new();
        let mut query = LogQuery::new();
        loop {
            let page = store.read_log(query.clone()).await?;
            let next = page.next();
            log.extend(page.into_events());
            let Some(next) = next else { break };
            query = query.after(next);
        }
        let ids: BTreeMap<_, _> =
            log.iter().map(|event| (event.stream().to_string(), event.stream().clone())).collect();
        let mut streams = BTreeMap::new();
        for (name, id) in ids {
            let events = store.read_stream(&id, StreamQuery::new()).await?;
            streams.insert(name, (store.stream_version(&id).await?, events));
        }
        Ok(Self { log, streams })
    }
}

/// What isn't as it should be. The three numbers are the promises that crashes threaten.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Commits that were acknowledged and aren't there.
    pub(crate) lost: u64,
    /// Commits that are there in part.
    pub(crate) torn: u64,
    /// Places where versions don't follow each other, or positions don't grow.
    pub(crate) holes: u64,
    /// Everything wrong in words, the above included.
    pub(crate) wrong: Vec<String>,
    /// Commits under way at a kill that were written all the same.
    pub(crate) under_way_and_there: u64,
    /// Commits under way at a kill that weren't written.
    pub(crate) under_way_and_absent: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.torn += other.torn;
        self.holes += other.holes;
        self.under_way_and_there += other.under_way_and_there;
        self.under_way_and_absent += other.under_way_and_absent;
        self.wrong.extend(other.wrong);
    }

    pub(crate) fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    fn hole(&mut self, what: String) {
        self.holes += 1;
        self.wrong(what);
    }
}

/// Compares, and notes in the journal what was found.
pub(crate) fn audit(seed: u64, journal: &mut Journal, contents: &Contents) -> Findings {
    let mut findings = Findings::default();
    journal.take_wrong().into_iter().for_each(|wrong| findings.wrong(wrong));
    order(&contents.log, &mut findings);
    streams(contents, &mut findings);
    let stored = by_commit(&contents.log, journal, &mut findings);
    let mut found = Vec::new();
    for (key, known) in journal.commits() {
        let events = stored.get(&key).map(Vec::as_slice).unwrap_or_default();
        let draft = Draft::new(seed, key);
        match (events.len(), &known.acknowledged) {
            (0, Some(_)) => {
                findings.lost += 1;
                findings.wrong(format!("commit {key} was acknowledged and is lost"));
            }
            (0, None) if known.found => findings.wrong(format!("commit {key} was there, and is gone")),
            (0, None) => findings.under_way_and_absent += 1,
            (some, _) if some != draft.events.len() => {
                findings.torn += 1;
                findings.wrong(format!("commit {key} is torn: {some} of {} events", draft.events.len()));
            }
            (_, acknowledged) => {
                content(key, &draft, events, &mut findings);
                places(key, acknowledged.as_deref(), events, &mut findings);
                findings.under_way_and_there += u64::from(acknowledged.is_none() && !known.found);
                found.push(key);
            }
        }
    }
    found.into_iter().for_each(|key| journal.found(key));
    findings
}

/// Positions grow along the log.
fn order(log: &[RecordedEvent], findings: &mut Findings) {
    for (before, after) in log.iter().zip(log.iter().skip(1)) {
        if before.position() >= after.position() {
            findings.hole(format!("position {} comes before {}", before.position(), after.position()));
        }
    }
}

/// A stream has the versions 1, 2, 3, …, its last is what the store says, and its events are those of the log.
fn streams(contents: &Contents, findings: &mut Findings) {
    let mut of_log: BTreeMap<String, Vec<&RecordedEvent>> = BTreeMap::new();
    for event in &contents.log {
        of_log.entry(event.stream().to_string()).or_default().push(event);
    }
    for (name, (head, events)) in &contents.streams {
        for (expected, event) in (1..).zip(events) {
            if event.version() != Version::new(expected) {
                findings.hole(format!("{name} has version {} where {expected} belongs", event.version()));
                break;
            }
        }
        let last = events.last().map_or(Version::ZERO, RecordedEvent::version);
        if *head != last {
            findings.hole(format!("{name} is at version {head} and its last event has {last}"));
        }
        if !of_log.remove(name).unwrap_or_default().into_iter().eq(events) {
            findings.wrong(format!("{name} has other events than the log has of it"));
        }
    }
    of_log.keys().for_each(|name| findings.wrong(format!("{name} is in the log and was not read")));
}

/// The events of each commit; those of no commit that was tried are wrong.
fn by_commit<'e>(
    log: &'e [RecordedEvent],
    journal: &Journal,
    findings: &mut Findings,
) -> BTreeMap<Key, Vec<(Written, &'e RecordedEvent)>> {
    let mut commits: BTreeMap<Key, Vec<_>> = BTreeMap::new();
    for event in log {
        let at = event.position();
        let Ok(written) = event.decode::<Written>() else {
            findings.wrong(format!("the event at {at} can't be read"));
            continue;
        };
        match written.commit.parse::<Key>().ok().filter(|key| journal.get(*key).is_some()) {
            Some(key) => commits.entry(key).or_default().push((written, event)),
            None => findings.wrong(format!("the event at {at} is of a commit that nobody has tried")),
        }
    }
    commits
}

/// Every event is as it was written, and they come in the order of the commit.
fn content(key: Key, draft: &Draft, events: &[(Written, &RecordedEvent)], findings: &mut Findings) {
    for ((id, expected), (written, event)) in draft.events.iter().zip(events) {
        let metadata = event.metadata();
        let same = written == expected
            && metadata.event_id() == *id
            && *metadata.stream() == crate::plan::stream(&expected.stream)
            && metadata.name().as_str() == "crash_written"
            && metadata.correlation_id() == (*id).into()
            && metadata.actor().is_some_and(|actor| actor.as_str() == expected.commit)
            && metadata.headers().get("index") == Some(&expected.index.to_string());
        if !same {
            findings.wrong(format!("event {} of commit {key} is another than was written", expected.index));
        }
    }
}

/// An acknowledged commit is where the store has said.
fn places(key: Key, acknowledged: Option<&[Place]>, events: &[(Written, &RecordedEvent)], findings: &mut Findings) {
    let Some(acknowledged) = acknowledged.filter(|places| !places.is_empty()) else { return };
    let places = events.iter().map(|(_, event)| (event.position().value(), event.version().value()));
    if !places.eq(acknowledged.iter().copied()) {
        findings.wrong(format!("commit {key} is elsewhere than was acknowledged"));
    }
}

#[cfg(test)]
mod tests {
    use events::store::{Append, AppendStatus, Appended};

    use super::*;
    use crate::report::Line;

    const SEED: u64 = 3;

    fn key(number: u64) -> Key {
        Key { round: 1, writer: 0, number }
    }

    /// A store of forty commits, of which the parent has heard.
    async fn written() -> (Journal, Contents) {
        let store = EventStore::memory();
        let mut journal = Journal::default();
        for number in 0..40 {
            let commit = Draft::new(SEED, key(number)).encode().unwrap().into_iter().fold(Append::new(), Append::event);
            let appended: Appended = store.append(commit).await.unwrap();
            assert_eq!(appended.status(), AppendStatus::Committed);
            journal.hear(Line::Try(key(number)));
            journal.hear(Line::answer(key(number), &appended));
        }
        (journal, Contents::read(&store).await.unwrap())
    }

    /// What is found when something is done to the store behind the parent's back.
    async fn after(damage: impl FnOnce(&mut Contents)) -> Findings {
        let (mut journal, mut contents) = written().await;
        damage(&mut contents);
        audit(SEED, &mut journal, &contents)
    }

    /// Removes the events for which that holds, wherever they are.
    fn remove(contents: &mut Contents, mut gone: impl FnMut(&Written) -> bool) {
        let mut stays = |event: &RecordedEvent| !gone(&event.decode().unwrap());
        contents.log.retain(&mut stays);
        contents.streams.values_mut().for_each(|(_, events)| events.retain(&mut stays));
    }

    #[tokio::test]
    async fn what_is_as_it_was_written_is_right() {
        assert_eq!(after(|_| {}).await, Findings::default());
    }

    #[tokio::test]
    async fn a_commit_that_is_gone_is_lost() {
        let gone = key(17).to_string();
        let findings = after(|contents| remove(contents, |event| event.commit == gone)).await;
        assert_eq!((findings.lost, findings.torn), (1, 0));
        assert!(findings.holes > 0, "its streams go on");
    }

    #[tokio::test]
    async fn a_commit_that_is_there_in_part_is_torn() {
        let large = (0..40).find(|number| Draft::new(SEED, key(*number)).events.len() > 2).unwrap();
        let torn = key(large).to_string();
        let findings = after(|contents| remove(contents, |event| event.commit == torn && event.index == 1)).await;
        assert_eq!((findings.lost, findings.torn), (0, 1));
    }

    #[tokio::test]
    async fn a_head_that_is_elsewhere_and_positions_that_fall_are_holes() {
        let findings = after(|contents| contents.streams.values_mut().next().unwrap().0 = Version::new(999)).await;
        assert_eq!((findings.holes, findings.wrong.len()), (1, 1));
        let findings = after(|contents| contents.log.swap(3, 4)).await;
        assert_eq!(findings.holes, 1);
    }

    #[tokio::test]
    async fn a_commit_that_was_not_heard_of_is_wrong_and_one_that_was_not_acknowledged_may_be_there() {
        let (_, contents) = written().await;
        let findings = audit(SEED, &mut Journal::default(), &contents);
        assert_eq!(findings.wrong.len(), contents.log.len());
        let mut journal = Journal::default();
        (0..50).for_each(|number| journal.hear(Line::Try(key(number))));
        let findings = audit(SEED, &mut journal, &contents);
        assert_eq!(findings, Findings { under_way_and_there: 40, under_way_and_absent: 10, ..Findings::default() });
        // What was there once has to stay.
        let empty = Contents { log: Vec::new(), streams: BTreeMap::new() };
        assert_eq!(audit(SEED, &mut journal, &empty).wrong.len(), 40);
    }

    #[tokio::test]
    async fn events_that_are_others_than_were_written_are_wrong() {
        let (mut journal, contents) = written().await;
        assert!(!audit(SEED + 1, &mut journal, &contents).wrong.is_empty(), "another seed has other texts");
        let (mut journal, contents) = written().await;
        journal.hear(Line::Answer(key(5), AppendStatus::Duplicate, vec![(1, 1)]));
        assert_eq!(audit(SEED, &mut journal, &contents).wrong.len(), 2, "two answers, and the last is wrong");
    }
}
