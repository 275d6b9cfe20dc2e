//! A page of the log that is read before it is asked for.
//!
//! Whoever builds something from all of history reads page after page, and works on each of them. The
//! next one is read meanwhile, aside, so that neither waits for the other. That begins with the second
//! of two pages that follow each other, and one page is kept at most: of several who read at once only
//! some gain by it.
//!
//! A page that has events after it stays as it is: events don't change, and none comes between them. One
//! that has reached the end of the log is read again when it is asked for.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

use super::readers::{Place, Readers};
use super::{data, read};
use crate::error::Error;
use crate::id::Position;
use crate::store::{DataPage, Direction, FIRST_PAGE, LogQuery};

/// The page that is read ahead.
#[derive(Default)]
pub(super) struct Ahead(Mutex<State>);

#[derive(Default)]
struct State {
    /// What is asked for next by somebody who goes on.
    expected: Option<Page>,
    begun: Option<(Page, JoinHandle<Result<DataPage, Error>>)>,
}

/// From where a page begins, and how many events it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Page {
    after: Position,
    limit: usize,
}

impl Page {
    /// None of a query that may look at many events to find one, goes backwards, or asks for little.
    fn of(query: &LogQuery) -> Option<Self> {
        let is_one =
            query.limit() > FIRST_PAGE && query.direction() == Direction::Forwards && read::is_plain(query.filter());
        is_one.then(|| Self { after: query.start().unwrap_or(Position::START), limit: query.limit() })
    }

    fn query(self) -> LogQuery {
        LogQuery::new().after(self.after).with_limit(self.limit)
    }
}

impl Ahead {
    /// Reads a page on a thread where blocking is no harm, or takes the one that was read.
    pub(super) async fn read(&self, readers: &Readers, query: LogQuery) -> Result<DataPage, Error> {
        let page = Page::of(&query);
        if let Some(found) = page.and_then(|page| self.take(page)) {
            // What went wrong with it will go wrong again, and is told then.
            if let Ok(Ok(found)) = found.await
                && found.has_more()
                && !readers.is_closed()
            {
                self.go_on(readers, page, &found);
                return Ok(found);
            }
        }
        let found = readers.read(Place::Aside, move |connection| data::log(connection, &query)).await?;
        self.go_on(readers, page, &found);
        Ok(found)
    }

    fn take(&self, page: Page) -> Option<JoinHandle<Result<DataPage, Error>>> {
        let begun = &mut self.state().begun;
        match begun.take() {
            Some((of, reading)) if of == page => Some(reading),
            other => {
                *begun = other;
                None
            }
        }
    }

    /// Begins to read what follows, if that page followed another.
    fn go_on(&self, readers: &Readers, page: Option<Page>, found: &DataPage) {
        let Some(page) = page else { return };
        let mut state = self.state();
        let goes_on = state.expected == Some(page);
        let next = Page { after: found.through(), ..page };
        state.expected = found.has_more().then_some(next);
        if goes_on && found.has_more() {
            let query = next.query();
            let reading = readers.begin(move |connection| data::log(connection, &query));
            state.begun = reading.map(|reading| (next, reading));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
