//! What the writers write. It follows from the seed, so that whoever looks at the store afterwards
//! knows what every commit should be.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, ensure};
use events::event::EncodeError;
use events::prelude::*;
use events::store::NewEvent;
use events_tests::random::Random;
use serde::{Deserialize, Serialize};

/// How many streams the writers share.
const SHARED_STREAMS: u64 = 12;

/// The event of the program. It says to which commit it belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "crash_written", aggregate = "crash_stream")]
pub(crate) struct Written {
    #[event(id)]
    pub(crate) stream: u64,
    pub(crate) commit: String,
    pub(crate) index: usize,
    pub(crate) text: String,
}

/// The name of a commit: round, writer, number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) round: u64,
    pub(crate) writer: u64,
    pub(crate) number: u64,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.round, self.writer, self.number)
    }
}

impl FromStr for Key {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no name of a commit");
        let mut parts = text.split('.').map(str::parse);
        let mut part = || parts.next().with_context(wrong)?.with_context(wrong);
        let key = Self { round: part()?, writer: part()?, number: part()? };
        ensure!(parts.next().is_none(), wrong());
        Ok(key)
    }
}

/// What a writer believes of the streams of its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// Nothing.
    None,
    /// That they are where it has just seen them.
    Current,
    /// That they are new.
    New,
}

/// How often a writer sends its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    Once,
    /// Once more after it was acknowledged.
    Again,
    /// Twice at the same time.
    Twice,
}

/// One commit.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) events: Vec<(EventId, Written)>,
    pub(crate) belief: Belief,
    pub(crate) sending: Sending,
}

impl Draft {
    pub(crate) fn new(seed: u64, key: Key) -> Self {
        let mut random = Random::of(&[seed, key.round, key.writer, key.number]);
        let belief = match random.below(10) {
            0..4 => Belief::None,
            4..8 => Belief::Current,
            _ => Belief::New,
        };
        let sending = match random.below(20) {
            0..2 => Sending::Again,
            2 => Sending::Twice,
            _ => Sending::Once,
        };
        let mut stream = || match belief {
            // The number of a new stream is nobody else's.
            Belief::New => SHARED_STREAMS + (random.next() >> 2),
            Belief::None | Belief::Current => random.below(SHARED_STREAMS),
        };
        let streams = [stream(), stream()];
        let of_two = random.percent(25);
        let events = (0..size(&mut random)).map(|index| {
            let [first, second] = streams;
            let stream = if of_two && random.percent(50) { second } else { first };
            let id = uuid::Builder::from_custom_bytes(bytes(&mut random)).into_uuid();
            (id.into(), Written { stream, commit: key.to_string(), index, text: text(&mut random) })
        });
        Self { events: events.collect(), belief, sending }
    }

    /// The events as they go into a store.
    pub(crate) fn encode(&self) -> Result<Vec<NewEvent>, EncodeError> {
        let encode = |(id, event): &(EventId, Written)| {
            let context =
                Context::actor(&*event.commit).with_event_id(*id).with_header("index", event.index.to_string());
            NewEvent::new(event, EventMetadata::new(event, &context))
        };
        self.events.iter().map(encode).collect()
    }

    /// The streams, each once.
    pub(crate) fn streams(&self) -> Vec<StreamId> {
        let numbers: std::collections::BTreeSet<u64> = self.events.iter().map(|(_, event)| event.stream).collect();
        numbers.iter().map(stream).collect()
    }
}

/// A stream by its number.
pub(crate) fn stream(number: &u64) -> StreamId {
    StreamId::new("crash_stream", number)
}

/// Mostly small commits, and some that fill many pages.
fn size(random: &mut Random) -> usize {
    let size = match random.below(100) {
        0..60 => 1,
        60..90 => random.between(2, 10),
        90..99 => random.between(11, 80),
        _ => random.between(400, 1_000),
    };
    usize::try_from(size).unwrap_or(1)
}

fn text(random: &mut Random) -> String {
    let length = match random.below(200) {
        0 => random.between(20_000, 70_000),
        1..20 => random.between(500, 5_000),
        _ => random.between(0, 100),
    };
    let letter = char::from(b'a' + u8::try_from(random.below(26)).unwrap_or(0));
    std::iter::repeat_n(letter, usize::try_from(length).unwrap_or(0)).collect()
}

fn bytes(random: &mut Random) -> [u8; 16] {
    ((u128::from(random.next()) << 64) | u128::from(random.next())).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = Key { round: 3, writer: 1, number: 17 };
        assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
        for wrong in ["", "1.2", "1.2.3.4", "1.2.x"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_plan_has_all_sorts_of_commits_and_no_id_twice() {
        let drafts: Vec<_> = (0..2_000).map(|number| Draft::new(7, Key { round: 1, writer: 2, number })).collect();
        let has = |condition: fn(&Draft) -> bool| drafts.iter().any(condition);
        assert!(has(|draft| draft.events.len() == 1) && has(|draft| draft.events.len() > 400));
        assert!(has(|draft| draft.streams().len() == 2 && draft.belief == Belief::New));
        assert!(has(|draft| draft.streams().len() == 2 && draft.belief == Belief::Current));
        assert!(has(|draft| draft.sending == Sending::Again) && has(|draft| draft.sending == Sending::Twice));
        assert!(has(|draft| draft.events.iter().any(|(_, event)| event.text.len() > 20_000)));
        let ids: Vec<_> = drafts.iter().flat_map(|draft| &draft.events).map(|(id, _)| id).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }
}
