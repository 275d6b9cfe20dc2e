//! Who should run which lanes, where processes run different handlers.

use std::collections::{HashMap, HashSet};

use crate::id::{HandlerName, ProcessId};
use crate::store::{HandlerRow, HandlerState, ProcessRow};

/// How many lanes this process should run, and how many the others have that could run the same.
pub(super) struct Balance {
    /// Its part, if the others that could run any of its lanes took as many.
    share: usize,
    /// The other processes that can run a handler.
    rivals: HashMap<HandlerName, Vec<ProcessId>>,
    /// How many lanes a process has, or will have soon.
    held: HashMap<ProcessId, usize>,
}

impl Balance {
    pub(super) fn of(own: &HashSet<HandlerName>, me: &ProcessId, rows: &[HandlerRow], alive: &[ProcessRow]) -> Self {
        let lanes = rows.iter().filter(|row| own.contains(&row.name) && row.state == HandlerState::Running);
        let lanes: usize = lanes.map(|row| row.lanes.len()).sum();
        let (mut processes, mut rivals) = (1, HashMap::<_, Vec<_>>::new());
        for process in alive.iter().filter(|process| process.process != *me) {
            let common: Vec<_> = process.handlers.iter().filter(|handler| own.contains(handler)).collect();
            processes += usize::from(!common.is_empty());
            for handler in common {
                rivals.entry(handler.clone()).or_default().push(process.process.clone());
            }
        }
        let mut held = HashMap::new();
        for owner in rows.iter().flat_map(|row| &row.lanes).filter_map(|lane| lane.owner.as_ref()) {
            *held.entry(owner.clone()).or_default() += 1;
        }
        Self { share: lanes.div_ceil(processes), rivals, held }
    }

    /// Whether this process, having so many lanes, gives one of that handler up: it has more than its share,
    /// and somebody who can run the handler is better off with it.
    pub(super) fn passes_on(&mut self, handler: &HandlerName, mine: usize) -> bool {
        let rivals = self.rivals.get(handler).into_iter().flatten();
        let fewest = rivals.min_by_key(|rival| self.held.get(*rival).copied().unwrap_or(0));
        let Some(rival) = fewest.filter(|_| mine > self.share) else { return false };
        let held = self.held.entry(rival.clone()).or_default();
        let passes_on = *held + 2 <= mine;
        *held += usize::from(passes_on);
        passes_on
    }

    /// How many lanes this process, having so many, takes of a handler that nobody runs; at least the one
    /// with the fewest takes some, so that none is left.
    pub(super) fn room(&self, handler: &HandlerName, mine: usize) -> usize {
        let rivals = self.rivals.get(handler).into_iter().flatten();
        let fewest = rivals.map(|rival| self.held.get(rival).copied().unwrap_or(0)).min();
        // Nobody else can run it.
        let Some(fewest) = fewest else { return usize::MAX };
        self.share.max(fewest.saturating_add(1)).saturating_sub(mine)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::handler::BeginsAt;
    use crate::id::Position;
    use crate::store::LaneRow;

    fn row(name: &'static str, owners: &[Option<&'static str>]) -> HandlerRow {
        let lane = |(partition, owner): (u32, &Option<&'static str>)| LaneRow {
            partition,
            checkpoint: Position::START,
            epoch: 1,
            owner: owner.map(ProcessId::from),
            lease_until: None,
        };
        HandlerRow {
            name: name.into(),
            begins: BeginsAt::Start,
            from: Position::START,
            state: HandlerState::Running,
            reason: None,
            since: DateTime::UNIX_EPOCH,
            build: String::new(),
            lanes: (0..).zip(owners).map(lane).collect(),
            parked: 0,
            replay_until: Position::START,
        }
    }

    /// The balance of `me` beside others that are alive, with what they declare.
    fn balance(rows: &[HandlerRow], own: &[&'static str], others: &[(&'static str, &[&'static str])]) -> Balance {
        let alive: Vec<_> = others
            .iter()
            .map(|(process, handlers)| ProcessRow {
                process: (*process).into(),
                build: String::new(),
                handlers: handlers.iter().map(|name| HandlerName::from(*name)).collect(),
                started_at: DateTime::UNIX_EPOCH,
                until: DateTime::UNIX_EPOCH,
            })
            .collect();
        Balance::of(&own.iter().map(|name| HandlerName::from(*name)).collect(), &"me".into(), rows, &alive)
    }

    #[test]
    fn equals_share_equally() {
        let rows = [row("a", &[Some("me"), Some("me"), Some("me"), Some("me")])];
        let mut balance = balance(&rows, &["a"], &[("other", &["a"])]);
        let passed_on = (0..4).filter(|passed| balance.passes_on(&"a".into(), 4 - passed)).count();
        assert_eq!(passed_on, 2);
        assert_eq!((balance.room(&"a".into(), 0), balance.room(&"a".into(), 3)), (3, 0));
    }

    #[test]
    fn what_nobody_else_can_run_is_kept_and_taken() {
        let rows = [row("a", &[Some("me")]), row("b", &[Some("me")]), row("c", &[Some("me"), None])];
        let mut balance = balance(&rows, &["a", "b", "c"], &[("other", &["c"])]);
        assert!(!balance.passes_on(&"a".into(), 3) && balance.passes_on(&"c".into(), 3));
        assert_eq!(balance.room(&"a".into(), 1_000), usize::MAX);
    }

    #[test]
    fn who_has_the_fewest_takes_what_is_left_beyond_its_share() {
        let rows = [row("a", &[Some("other")]), row("b", &[Some("other"), Some("me"), None])];
        let balance = balance(&rows, &["b"], &[("other", &["a", "b"]), ("third", &["b"])]);
        assert_eq!(balance.room(&"b".into(), 1), 0, "the third has none");
        assert_eq!(balance.room(&"b".into(), 0), 1);
    }
}
