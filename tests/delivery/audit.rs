//! Compares what handlers have done with what is in the log.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use events::EventStore;
use events::store::LogQuery;

use crate::handlers::{BOOK, Noted, READERS};
use crate::journal::Entry;

/// What is wrong, and how much was done.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) missing: u64,
    pub(crate) disorder: u64,
    pub(crate) duplicates: u64,
    pub(crate) wrong: Vec<String>,
    pub(crate) handled: BTreeMap<&'static str, Handled>,
}

/// How often a handler was called.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handled {
    pub(crate) calls: u64,
    /// With an event that it had handled before.
    pub(crate) again: u64,
}

impl Findings {
    pub(crate) fn redeliveries(&self) -> u64 {
        self.handled.values().map(|handled| handled.again).sum()
    }
}

/// How many events each page has, by the log.
pub(crate) async fn pages(store: &EventStore) -> Result<BTreeMap<u64, u64>> {
    let (mut pages, mut query) = (BTreeMap::new(), LogQuery::new());
    loop {
        let page = store.read_log(query).await?;
        let through = page.through();
        for event in page.events() {
            let Noted { page, number } = event.decode()?;
            let last = pages.entry(page).or_insert(0);
            *last = number.max(*last);
        }
        if page.events().is_empty() {
            return Ok(pages);
        }
        query = LogQuery::new().after(through);
    }
}

/// Looks at the lines of the readers, and at the rows of the one that books.
pub(crate) fn audit(pages: &BTreeMap<u64, u64>, journal: &[Entry], effects: &[(u64, u64)]) -> Findings {
    let mut findings = Findings::default();
    for handler in READERS {
        let lines = journal.iter().filter(|entry| entry.handler == handler).map(|entry| (entry.page, entry.number));
        look(&mut findings, handler, pages, lines);
    }
    look(&mut findings, BOOK, pages, effects.iter().copied());
    let again = findings.handled.get(BOOK).map_or(0, |handled| handled.again);
    if again > 0 {
        findings.duplicates = again;
        findings.wrong.push(format!("{BOOK} has written {again} effects twice"));
    }
    findings
}

/// A handler may meet an event again, but the first time each page's events come one after the other.
fn look(
    findings: &mut Findings,
    handler: &'static str,
    pages: &BTreeMap<u64, u64>,
    done: impl Iterator<Item = (u64, u64)>,
) {
    let mut handled = Handled::default();
    let mut met: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for (page, number) in done {
        handled.calls += 1;
        let met = met.entry(page).or_default();
        let before = met.last().copied().unwrap_or(0);
        if !met.insert(number) {
            handled.again += 1;
        } else if number < before {
            findings.disorder += 1;
            findings.wrong.push(format!("{handler} has met {number} of page {page} after {before}"));
        }
    }
    for (page, last) in pages {
        let met = met.remove(page).unwrap_or_default();
        let missing: Vec<u64> = (1..=*last).filter(|number| !met.contains(number)).collect();
        if let Some(first) = missing.first() {
            findings.missing += missing.len() as u64;
            findings.wrong.push(format!("{handler} has missed {} of page {page}, first {first}", missing.len()));
        }
        if let Some(unknown) = met.range(last + 1..).next() {
            findings.wrong.push(format!("{handler} has met {unknown} of page {page}, which has {last}"));
        }
    }
    if let Some(page) = met.keys().next() {
        findings.wrong.push(format!("{handler} has met page {page}, which isn't in the log"));
    }
    findings.handled.insert(handler, handled);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The readers do all right; the one that books has these effects.
    fn audited(effects: &[(u64, u64)], lines: impl Fn(&'static str) -> Vec<(u64, u64)>) -> Findings {
        let line = |handler: &str, (page, number)| Entry { handler: handler.to_owned(), page, number };
        let journal: Vec<_> = READERS
            .iter()
            .flat_map(|handler| lines(handler).into_iter().map(|at| line(handler, at)).collect::<Vec<_>>())
            .collect();
        audit(&BTreeMap::from([(1, 2), (2, 1)]), &journal, effects)
    }

    const ALL: [(u64, u64); 3] = [(1, 1), (2, 1), (1, 2)];

    #[test]
    fn events_may_be_met_again_in_order() {
        let findings = audited(&ALL, |_| [ALL, ALL].concat());
        assert_eq!(findings.wrong, [""; 0]);
        assert_eq!((findings.missing, findings.disorder, findings.duplicates), (0, 0, 0));
        assert_eq!(findings.redeliveries(), (ALL.len() * READERS.len()) as u64);
    }

    #[test]
    fn a_missed_event_is_found() {
        let findings = audited(&ALL, |handler| if handler == "share" { ALL[..2].to_vec() } else { ALL.to_vec() });
        assert_eq!(findings.wrong, ["share has missed 1 of page 1, first 2"]);
        assert_eq!(findings.missing, 1);
        assert_eq!(audited(&ALL[1..], |_| ALL.to_vec()).missing, 1);
    }

    #[test]
    fn disorder_is_found() {
        let findings = audited(&ALL, |_| vec![(1, 2), (1, 1), (2, 1)]);
        assert_eq!((findings.missing, findings.disorder), (0, READERS.len() as u64));
    }

    #[test]
    fn an_effect_written_twice_is_found() {
        let findings = audited(&[(1, 1), (2, 1), (1, 1), (1, 2)], |_| ALL.to_vec());
        assert_eq!((findings.duplicates, findings.wrong.len()), (1, 1));
    }

    #[test]
    fn an_event_that_is_not_in_the_log_is_found() {
        assert_eq!(audited(&ALL, |_| [&ALL[..], &[(2, 2)]].concat()).wrong.len(), READERS.len());
        assert_eq!(audited(&ALL, |_| [&ALL[..], &[(3, 1)]].concat()).wrong.len(), READERS.len());
    }
}
