//! Reading the log, a page at a time.
//!
//! While the events of a page are handled the next one is read already, so that neither waits for the
//! other. Events don't change and none comes between two of them, so a page holds whenever it was read.

use tokio::task::JoinSet;

use super::{End, Lane, Pending};
use crate::error::Error;
use crate::id::Position;
use crate::store::{LogPage, LogQuery};

/// How many events are read at once at first, before it is known how large they are.
const FIRST_PAGE: usize = 100;
/// How many events are read at once at most…
const PAGE: usize = 1_000;
/// …and how many bytes of data, as far as the last page tells.
const PAGE_BYTES: usize = 8 << 20;

/// How far the lane has got with reading.
pub(super) struct Reading {
    /// How far the log was looked at when it was read last.
    looked_through: Option<Position>,
    /// How many events are read at once.
    limit: usize,
    /// The page behind that position, which is being read.
    ahead: Option<(Position, JoinSet<Result<LogPage, Error>>)>,
}

impl Reading {
    pub(super) fn new() -> Self {
        Self { looked_through: None, limit: FIRST_PAGE, ahead: None }
    }
}

impl Lane {
    /// Reads the next page; answers whether there was more of the log.
    pub(super) async fn read_on(&mut self) -> Result<bool, End> {
        if let Some(through) = self.reading.looked_through.take() {
            self.window.pass(through);
        }
        // Looked at before the log is read: what comes later is behind it.
        let end = *self.signals.log_end.borrow_and_update();
        let after = self.window.taken();
        if after >= end {
            return Ok(false);
        }
        let page = match self.read_ahead(after).await {
            Some(page) => page,
            None => self.store.read_log(self.query(after)).await?,
        };
        let through = page.through();
        self.reading.looked_through = Some(through);
        let bytes = page.events().iter().map(|event| event.payload().as_json().len()).sum();
        self.reading.limit = next_limit(page.events().len(), bytes, self.reading.limit);
        if page.next().is_some() {
            let (store, query) = (self.store.clone(), self.query(through));
            let mut ahead = JoinSet::new();
            ahead.spawn(async move { store.read_log(query).await });
            self.reading.ahead = Some((through, ahead));
        }
        self.pending.extend(page.into_events().into_iter().map(Pending::new));
        Ok(true)
    }

    /// The page that was read meanwhile, if it is the one. What went wrong with it will go wrong again, and
    /// is told then.
    async fn read_ahead(&mut self, after: Position) -> Option<LogPage> {
        let (_, mut ahead) = self.reading.ahead.take().filter(|(of, _)| *of == after)?;
        ahead.join_next().await?.ok()?.ok()
    }

    fn query(&self, after: Position) -> LogQuery {
        LogQuery::new().after(after).with_filter(self.handler.filter()).with_limit(self.reading.limit)
    }
}

/// How many events the next page has if they are as large as these; as many as now after a page without any.
fn next_limit(events: usize, bytes: usize, limit: usize) -> usize {
    bytes.checked_div(events).map_or(limit, |size| (PAGE_BYTES / size.max(1)).clamp(1, PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_large_events_are_short() {
        assert_eq!(next_limit(0, 0, 7), 7);
        assert_eq!(next_limit(2, 110, 7), PAGE);
        assert_eq!(next_limit(2, 0, 7), PAGE);
        assert_eq!(next_limit(2, 2 << 20, 7), 8);
        assert_eq!(next_limit(1, 16 << 20, 7), 1);
    }
}
