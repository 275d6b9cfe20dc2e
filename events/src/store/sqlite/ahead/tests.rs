use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::error::ErrorKind;
use crate::store::EventFilter;
use crate::store::sqlite::SqliteOptions;
use crate::store::sqlite::connection::open_writer;
use crate::store::sqlite::identity::Identity;

const LIMIT: usize = 150;

struct Subject {
    ahead: Ahead,
    readers: Readers,
    writer: Connection,
    _folder: TempDir,
}

impl Subject {
    fn new(events: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("x.db")).absolute().unwrap();
        let writer = open_writer(&options).unwrap();
        let file = Arc::new(Identity::of(&options).unwrap());
        let subject = Self { ahead: Ahead::default(), readers: Readers::new(options, file), writer, _folder: folder };
        subject.append(events);
        subject
    }

    fn append(&self, events: usize) {
        const APPEND: &str = "INSERT INTO events (event_id, stream, aggregate, aggregate_id, version, event_name, \
                              schema_version, occurred_at, recorded_at, correlation_id, payload) \
                              SELECT last, 1, 'a', '1', last, 'happened', 1, 0, 0, last, '{}' \
                              FROM (SELECT ifnull(max(position), 0) + 1 AS last FROM events)";
        for _ in 0..events {
            self.writer.prepare_cached(APPEND).unwrap().execute([]).unwrap();
        }
    }

    async fn page(&self, after: u64, limit: usize) -> (u64, usize, bool) {
        let query = LogQuery::new().after(Position::new(after)).with_limit(limit);
        let page = self.ahead.read(&self.readers, query).await.unwrap();
        assert_eq!(page.events().next().map(|first| first.position.value()), (!page.is_empty()).then_some(after + 1));
        (page.through().value(), page.len(), page.has_more())
    }

    /// What is being read ahead, once it is there.
    async fn ahead(&self) -> Option<u64> {
        let begun = self.ahead.state().begun.take();
        let (page, reading) = begun?;
        let found = reading.await;
        self.ahead.state().begun = Some((page, tokio::task::spawn_blocking(move || found.unwrap())));
        Some(page.after.value())
    }
}

#[tokio::test]
async fn the_second_of_two_pages_has_the_next_one_read() {
    let subject = Subject::new(500);
    assert_eq!(subject.page(0, LIMIT).await, (150, LIMIT, true));
    assert_eq!(subject.ahead().await, None, "one page tells nothing");
    assert_eq!(subject.page(150, LIMIT).await, (300, LIMIT, true));
    assert_eq!(subject.ahead().await, Some(300));
    assert_eq!(subject.page(300, LIMIT).await, (450, LIMIT, true));
    assert_eq!(subject.ahead().await, Some(450));
    assert_eq!(subject.page(450, LIMIT).await, (500, 50, false));
    assert_eq!(subject.ahead().await, None);
}

#[tokio::test]
async fn what_is_committed_meanwhile_is_read() {
    let subject = Subject::new(310);
    subject.page(0, LIMIT).await;
    subject.page(150, LIMIT).await;
    assert_eq!(subject.ahead().await, Some(300), "with ten events, and the end of the log");
    subject.append(300);
    assert_eq!(subject.page(300, LIMIT).await, (450, LIMIT, true));
    assert_eq!(subject.page(450, LIMIT).await, (600, LIMIT, true));
    assert_eq!(subject.page(600, LIMIT).await, (610, 10, false));
}

#[tokio::test]
async fn it_is_given_to_nobody_who_asks_for_something_else() {
    let subject = Subject::new(1_000);
    subject.page(0, LIMIT).await;
    subject.page(150, LIMIT).await;
    assert_eq!(subject.ahead().await, Some(300));
    assert_eq!(subject.page(300, LIMIT + 1).await, (451, LIMIT + 1, true));
    assert_eq!(subject.page(0, LIMIT).await, (150, LIMIT, true));
    for query in [
        LogQuery::new().before(None).with_limit(LIMIT),
        LogQuery::new().with_filter(EventFilter::new().name("happened")).with_limit(LIMIT),
        LogQuery::new().with_limit(FIRST_PAGE),
    ] {
        assert_eq!(Page::of(&query), None);
    }
}

#[tokio::test]
async fn closed_readers_give_out_nothing() {
    let subject = Subject::new(1_000);
    subject.page(0, LIMIT).await;
    subject.page(150, LIMIT).await;
    assert_eq!(subject.ahead().await, Some(300));
    subject.readers.close().await;
    let query = LogQuery::new().after(Position::new(300)).with_limit(LIMIT);
    assert_eq!(subject.ahead.read(&subject.readers, query).await.unwrap_err().kind(), ErrorKind::Unavailable);
}
