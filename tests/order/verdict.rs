//! The comparison: what was committed, and what a reader has seen of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use events::EventId;

/// An event, as far as its place matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) position: u64,
    pub(crate) id: EventId,
    pub(crate) stream: String,
    pub(crate) version: u64,
}

/// What came of one reader.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) committed: usize,
    pub(crate) seen: usize,
    /// Committed, and not seen.
    pub(crate) missed: usize,
    /// Seen after what stands behind it, or twice, or never committed, or not where it was committed.
    pub(crate) order_errors: usize,
}

impl Verdict {
    pub(crate) fn of(committed: &[Place], seen: &[Place]) -> Self {
        let truth: BTreeMap<u64, &Place> = committed.iter().map(|place| (place.position, place)).collect();
        let met: BTreeSet<u64> = seen.iter().map(|place| place.position).collect();
        let backwards = seen.windows(2).filter(|pair| matches!(pair, [a, b] if a.position >= b.position)).count();
        let otherwise = seen.iter().filter(|place| truth.get(&place.position) != Some(place)).count();
        Self {
            committed: committed.len(),
            seen: seen.len(),
            missed: truth.keys().filter(|position| !met.contains(position)).count(),
            order_errors: backwards + otherwise + versions_out_of_order(seen),
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.missed == 0 && self.order_errors == 0 && self.seen == self.committed
    }
}

/// Each stream's versions are 1, 2, 3, …, in the order in which they were seen.
fn versions_out_of_order(seen: &[Place]) -> usize {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    let mut wrong = 0;
    for place in seen {
        let before = last.insert(&place.stream, place.version).unwrap_or(0);
        wrong += usize::from(place.version != before + 1);
    }
    wrong
}

/// How many of the ids that were acknowledged aren't there.
pub(crate) fn lost(committed: &[Place], acknowledged: &HashSet<EventId>) -> usize {
    let there: HashSet<EventId> = committed.iter().map(|place| place.id).collect();
    acknowledged.difference(&there).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: u64) -> Vec<Place> {
        let place = |position| Place { position, id: EventId::now(), stream: "one".to_owned(), version: position };
        (1..=count).map(place).collect()
    }

    #[test]
    fn a_reader_who_has_seen_everything_in_order_is_right() {
        let committed = places(5);
        let verdict = Verdict::of(&committed, &committed);
        assert_eq!(verdict, Verdict { committed: 5, seen: 5, missed: 0, order_errors: 0 });
        assert!(verdict.is_clean() && Verdict::of(&[], &[]).is_clean());
    }

    #[test]
    fn what_is_missed_comes_late_comes_twice_or_was_never_committed_is_counted() {
        let committed = places(5);
        let damaged = |damage: fn(&mut Vec<Place>)| {
            let mut seen = committed.clone();
            damage(&mut seen);
            let verdict = Verdict::of(&committed, &seen);
            assert!(!verdict.is_clean(), "{verdict:?}");
            (verdict.missed, verdict.order_errors)
        };
        assert_eq!(damaged(|seen| drop(seen.pop())), (1, 0));
        assert_eq!(damaged(|seen| drop(seen.remove(2))), (1, 1), "the stream's next version is one too far");
        assert_eq!(damaged(|seen| seen.swap(1, 2)), (0, 4));
        assert_eq!(damaged(|seen| seen.push(seen[4].clone())), (0, 2));
        assert_eq!(damaged(|seen| seen.extend(places(6).pop())), (0, 1), "never committed");
        assert_eq!(damaged(|seen| seen[3].id = EventId::now()), (0, 1), "another event");
    }

    #[test]
    fn what_was_acknowledged_has_to_be_there() {
        let committed = places(3);
        let mut acknowledged: HashSet<_> = committed.iter().map(|place| place.id).collect();
        assert_eq!(lost(&committed, &acknowledged), 0);
        acknowledged.insert(EventId::now());
        assert_eq!(lost(&committed, &acknowledged), 1);
    }
}
