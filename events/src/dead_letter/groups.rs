//! Letters by the sort of failure: what an operator looks at once and not a thousand times.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use chrono::{DateTime, Utc};

use super::DeadLetterQueue;
use crate::error::{Error, ErrorKind};
use crate::handler::{Class, ErrorReport};
use crate::hash::Fnv;
use crate::id::{EventName, HandlerName};
use crate::store::{FailedEvent, LetterQuery, LetterStatus};

/// How many letters are read at once.
const PAGE: usize = 1_000;

/// Letters whose handlers have failed in the same way: the same handler, class, type of error and event
/// name. [`LetterQuery::fingerprint`] picks them, to redrive or discard the group.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping { host: u8 }
/// use events::store::{LetterQuery, LetterStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// # app.subscribe(|ping: &Ping| Err::<(), _>(HandlerError::permanent(format!("there is no host {}", ping.host))));
/// # app.publish_batch((Ping { host: 1 }, Ping { host: 2 })).await?;
/// let letters = app.dead_letters();
/// let groups = letters.groups(LetterQuery::new().status(LetterStatus::Dead)).await?;
/// assert_eq!((groups.len(), groups[0].letters()), (1, 2));
/// assert_eq!(groups[0].error.as_ref().unwrap().to_string(), "there is no host 2");
///
/// let group = LetterQuery::new().fingerprint(groups[0].fingerprint);
/// assert_eq!(letters.discard(group, Audit::by("ada").because("hosts are gone")).await?.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FailureGroup {
    /// What the letters have in common; also the group's identity.
    pub fingerprint: u64,
    /// The handler that failed.
    pub handler: HandlerName,
    /// The event it failed on.
    pub event: EventName,
    /// What the failures mean for trying again.
    pub class: Class,
    /// The error of the newest failure; `None` where the handler only asked to be called later.
    pub error: Option<ErrorReport>,
    /// How many letters there are of each status.
    pub by_status: BTreeMap<LetterStatus, u64>,
    /// How many streams the events belong to.
    pub streams: u64,
    /// How many keys of the handler wait behind letters of the group that are open or held.
    pub parked: u64,
    /// When the first attempt of any of them failed.
    pub first_failed_at: DateTime<Utc>,
    /// When the last attempt of any of them failed.
    pub last_failed_at: DateTime<Utc>,
    /// The build of the newest failure.
    pub build: String,
}

impl FailureGroup {
    /// How many letters there are in all.
    #[must_use]
    pub fn letters(&self) -> u64 {
        self.by_status.values().sum()
    }
}

impl DeadLetterQueue {
    /// The letters that match, by the sort of failure; the newest failure first.
    ///
    /// They are read page by page. What is kept meanwhile are the groups, and eight bytes or so for each
    /// stream and for each key that waits.
    ///
    /// # Errors
    /// If the query has a limit, since groups of some letters would mislead, or the store can't be read.
    pub async fn groups(&self, letters: LetterQuery) -> Result<Vec<FailureGroup>, Error> {
        if letters.limit.is_some() {
            let message = "groups are made of all letters that match: ask without a limit";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let mut groups: HashMap<u64, Gathered> = HashMap::new();
        let mut query = letters.with_limit(PAGE);
        loop {
            let page = self.list(query.clone()).await?;
            for letter in &page {
                groups.entry(letter.fingerprint()).or_insert_with(|| Gathered::new(letter)).add(letter);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => query = query.after(last.id),
                _ => break,
            }
        }
        let parked = self.parked(groups.values().filter(|group| !group.keys.is_empty())).await?;
        let mut groups: Vec<_> = groups.into_values().map(|group| group.end(&parked)).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.last_failed_at), group.fingerprint));
        Ok(groups)
    }

    /// The keys of the groups' handlers that wait, by their hashes.
    async fn parked(&self, groups: impl Iterator<Item = &Gathered>) -> Result<Parked, Error> {
        let mut parked = Parked::new();
        for handler in groups.map(|group| &group.group.handler) {
            if !parked.contains_key(handler) {
                let keys = self.store().backend().parked_keys(handler).await?;
                parked.insert(handler.clone(), keys.iter().map(|parked| hash(&parked.key)).collect());
            }
        }
        Ok(parked)
    }
}

type Parked = HashMap<HandlerName, HashSet<u64>>;

/// A group while its letters are read.
struct Gathered {
    group: FailureGroup,
    streams: HashSet<u64>,
    /// Of letters that hold something up.
    keys: HashSet<u64>,
}

impl Gathered {
    fn new(letter: &FailedEvent) -> Self {
        let group = FailureGroup {
            fingerprint: letter.fingerprint(),
            handler: letter.handler.clone(),
            event: letter.event.clone(),
            class: letter.class,
            error: None,
            by_status: BTreeMap::new(),
            streams: 0,
            parked: 0,
            first_failed_at: letter.first_failed_at,
            last_failed_at: letter.last_failed_at,
            build: String::new(),
        };
        Self { group, streams: HashSet::new(), keys: HashSet::new() }
    }

    fn add(&mut self, letter: &FailedEvent) {
        let group = &mut self.group;
        *group.by_status.entry(letter.status).or_default() += 1;
        group.first_failed_at = group.first_failed_at.min(letter.first_failed_at);
        if letter.last_failed_at >= group.last_failed_at {
            group.last_failed_at = letter.last_failed_at;
            group.error.clone_from(&letter.error);
            group.build.clone_from(&letter.build);
        }
        self.streams.insert(hash(&letter.stream));
        let key = letter.lane.as_ref().and_then(|lane| lane.key.as_ref());
        self.keys.extend(key.filter(|_| letter.held || !letter.status.is_closed()).map(hash));
    }

    fn end(mut self, parked: &Parked) -> FailureGroup {
        let waiting = parked.get(&self.group.handler);
        let count = |keys: &HashSet<u64>| u64::try_from(self.keys.intersection(keys).count()).unwrap_or(u64::MAX);
        self.group.parked = waiting.map_or(0, count);
        self.group.streams = u64::try_from(self.streams.len()).unwrap_or(u64::MAX);
        self.group
    }
}

fn hash(text: impl fmt::Display) -> u64 {
    let mut hash = Fnv::new();
    hash.write(&text.to_string());
    hash.finish()
}
