use std::pin::Pin;
use std::task::{Context, Waker};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::store::sqlite::job::Call;

type Submitted<'w> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'w>>;

struct Subject {
    writer: Writer,
    turns: Turns,
    folder: TempDir,
}

impl Subject {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let turns = Turns::new(Duration::from_secs(60));
        let options = SqliteOptions::new(folder.path().join("x.db")).absolute().unwrap();
        let (writer, _file) = Writer::open(options, turns.clone()).await.unwrap();
        Self { writer, turns, folder }
    }

    /// Submits a row each, in order; none is written while somebody else has the turn.
    fn submit(&self, rows: usize) -> Vec<Submitted<'_>> {
        let mut submitted: Vec<Submitted<'_>> = Vec::new();
        for row in 0..rows {
            let write = move |connection: &Connection| {
                let row = (row.to_string(), 0);
                connection.execute("INSERT INTO former_handlers VALUES (?1, ?2)", row).map(drop).map_err(store_error)
            };
            // Tokio would have a task that does so much rest in between.
            let mut work: Submitted<'_> = Box::pin(tokio::task::unconstrained(self.writer.submit(Call(write))));
            assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            submitted.push(work);
        }
        submitted
    }

    async fn rows(&self) -> i64 {
        let count = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM former_handlers", [], |row| row.get(0)).map_err(store_error)
        };
        self.writer.submit(Call(count)).await.unwrap()
    }

    /// How many transactions are in the log of changes: the last page of each says how large the file is then.
    fn commits(&self) -> usize {
        let log = std::fs::read(self.folder.path().join("x.db-wal")).unwrap();
        let (header, pages) = log.split_at(32);
        let pages = pages.chunks_exact(24 + 4_096).filter(|page| page[8..16] == header[16..24]);
        pages.filter(|page| page[4..8] != [0; 4]).count()
    }
}

#[tokio::test]
async fn what_waits_is_one_transaction() {
    let subject = Subject::open().await;
    let before = subject.commits();
    let turn = subject.turns.take();
    let submitted = subject.submit(500);
    drop(turn);
    for work in submitted {
        work.await.unwrap();
    }
    assert_eq!(subject.commits() - before, 1);
    assert_eq!(subject.rows().await, 500);
}

#[tokio::test]
async fn one_after_the_other_each_is_a_transaction() {
    let subject = Subject::open().await;
    let before = subject.commits();
    for _ in 0..5 {
        let clear = |connection: &Connection| {
            connection.execute("INSERT INTO former_handlers VALUES (random(), 0)", []).map(drop).map_err(store_error)
        };
        subject.writer.submit(Call(clear)).await.unwrap();
    }
    assert_eq!(subject.commits() - before, 5);
}

#[tokio::test]
async fn the_queue_has_an_end_and_who_finds_it_full_waits() {
    let subject = Subject::open().await;
    let turn = subject.turns.take();
    let mut submitted = subject.submit(QUEUE + 10);
    assert_eq!(subject.writer.queue.lock().unwrap().as_ref().unwrap().capacity(), 0);
    // The last one isn't in the queue, and gives up; the first is, and is carried out.
    drop(submitted.pop());
    drop(submitted.remove(0));
    drop(turn);
    for work in submitted {
        work.await.unwrap();
    }
    assert_eq!(subject.rows().await, i64::try_from(QUEUE).unwrap() + 9);
}
