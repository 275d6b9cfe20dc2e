//! Transactions that are lent to handlers: what a handler may do with them, and what it may not.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use events::store::{
    Advance, BeginsAt, ClaimLanes, HandlerDeclaration, Lane, LaneAnswer, LaneTransaction, LaneWrite, RegisterHandlers,
    SqliteBackend, SqliteOptions, StorageBackend, StreamQuery,
};
use events::{Error, ErrorKind, Position};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{commit, file, raw, stream};

/// A store with a table `notes`, and a lane that is ours.
struct Subject {
    backend: SqliteBackend,
    lane: Lane,
    _folder: TempDir,
}

impl Subject {
    async fn open(options: SqliteOptions, folder: TempDir) -> Self {
        let backend = SqliteBackend::open(options).await.unwrap();
        let (begins, at) = (BeginsAt::Start, chrono::Utc::now());
        let (name, build) = ("h".into(), "build".to_owned());
        let handlers =
            vec![HandlerDeclaration { name, renamed_from: None, begins, partitions: 1, build, previous: None }];
        backend.register_handlers(RegisterHandlers { handlers, at }).await.unwrap();
        let (handlers, owner, lease_until) = (vec!["h".into()], "me".into(), at + Duration::from_secs(60));
        let claim = ClaimLanes { handlers, owner, now: at, lease_until, limit: 1 };
        let lane = backend.claim_lanes(claim).await.unwrap().remove(0).lane;
        Self { backend, lane, _folder: folder }
    }

    /// In a file, and in memory.
    async fn both(adjust: impl Fn(SqliteOptions) -> SqliteOptions) -> [Self; 2] {
        let ((path, folder), (_, unused)) = (file(), file());
        let subjects = [
            Self::open(adjust(SqliteOptions::new(path)), folder).await,
            Self::open(adjust(SqliteOptions::in_memory()), unused).await,
        ];
        for subject in &subjects {
            let mut transaction = subject.begin().await;
            let table = "CREATE TABLE notes (note INTEGER PRIMARY KEY, parent INTEGER REFERENCES notes DEFERRABLE \
                         INITIALLY DEFERRED)";
            sql(&mut transaction).execute_batch(table).unwrap();
            // However little time there is: this is not what is tested.
            if !matches!(transaction.commit(subject.write(0, 0)).await, Ok(LaneAnswer::Written { .. })) {
                panic!("no table");
            }
        }
        subjects
    }

    async fn begin(&self) -> Box<dyn LaneTransaction> {
        self.backend.begin().await.unwrap()
    }

    fn write(&self, from: u64, to: u64) -> LaneWrite {
        let advance = Some(Advance { from: Position::new(from), to: Position::new(to) });
        LaneWrite { advance, ..LaneWrite::new(self.lane.clone(), "build", chrono::Utc::now()) }
    }

    /// How many notes there are, and where the checkpoint is.
    async fn state(&self) -> (i64, u64) {
        let mut transaction = self.begin().await;
        let notes = count(&mut transaction);
        transaction.roll_back().await.unwrap();
        (notes, self.backend.durable_handlers().await.unwrap()[0].lanes[0].checkpoint.value())
    }
}

/// The connection, as a handler gets it.
fn sql(transaction: &mut Box<dyn LaneTransaction>) -> &Connection {
    transaction.connection().downcast_ref::<Connection>().unwrap()
}

fn note(transaction: &mut Box<dyn LaneTransaction>) {
    sql(transaction).execute("INSERT INTO notes DEFAULT VALUES", []).unwrap();
}

fn count(transaction: &mut Box<dyn LaneTransaction>) -> i64 {
    sql(transaction).query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap()
}

fn same(options: SqliteOptions) -> SqliteOptions {
    options
}

fn kind<T>(answer: Result<T, Error>) -> Option<ErrorKind> {
    answer.err().map(|error| error.kind())
}

#[tokio::test]
async fn a_handler_sees_what_it_writes_and_the_lane_commits_it() {
    for subject in Subject::both(same).await {
        let mut transaction = subject.begin().await;
        note(&mut transaction);
        transaction.append(commit(1, 2)).await.unwrap();
        let events = sql(&mut transaction).query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0));
        assert_eq!((count(&mut transaction), events), (1, Ok(2)));
        let answer = transaction.commit(subject.write(0, 5)).await.unwrap();
        assert_eq!(answer, LaneAnswer::Written { letters: Vec::new() });
        assert_eq!(subject.state().await, (1, 5));
        assert_eq!(subject.backend.read_stream(&stream(1), StreamQuery::new()).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn what_is_not_committed_is_undone() {
    for subject in Subject::both(same).await {
        let mut transaction = subject.begin().await;
        note(&mut transaction);
        transaction.roll_back().await.unwrap();
        let mut transaction = subject.begin().await;
        note(&mut transaction);
        drop(transaction);
        let mut transaction = subject.begin().await;
        note(&mut transaction);
        let zombie = Lane { epoch: subject.lane.epoch + 1, ..subject.lane.clone() };
        let lost = LaneWrite { lane: zombie, ..subject.write(0, 5) };
        assert_eq!(transaction.commit(lost).await.unwrap(), LaneAnswer::Lost);
        let mut transaction = subject.begin().await;
        note(&mut transaction);
        assert_eq!(transaction.commit(subject.write(1, 5)).await.unwrap(), LaneAnswer::Lost);
        assert_eq!(subject.state().await, (0, 0));
    }
}

#[tokio::test]
async fn a_handler_cannot_end_the_transaction_by_itself() {
    for subject in Subject::both(same).await {
        for by_itself in [&["COMMIT"][..], &["END"], &["ROLLBACK"], &["ROLLBACK", "BEGIN IMMEDIATE"]] {
            let mut transaction = subject.begin().await;
            note(&mut transaction);
            for statement in by_itself {
                // A commit fails, which the handler may not care about.
                drop(sql(&mut transaction).execute_batch(statement));
            }
            // In a transaction of its own, or in none: it isn't kept.
            drop(sql(&mut transaction).execute("INSERT INTO notes DEFAULT VALUES", []));
            drop(sql(&mut transaction).execute_batch("BEGIN; INSERT INTO notes DEFAULT VALUES; COMMIT"));
            let appended = transaction.append(commit(1, 1)).await;
            assert!(appended.is_err() || by_itself.contains(&"BEGIN IMMEDIATE"), "{by_itself:?}");
            let answer = transaction.commit(subject.write(0, 5)).await;
            assert_eq!(kind(answer), Some(ErrorKind::Invalid), "{by_itself:?}");
            assert_eq!(subject.state().await, (0, 0), "{by_itself:?}");
            assert!(subject.backend.read_stream(&stream(1), StreamQuery::new()).await.unwrap().is_empty());
        }
        // Parts of the transaction are the handler's own.
        let mut transaction = subject.begin().await;
        sql(&mut transaction).execute_batch("SAVEPOINT a; INSERT INTO notes DEFAULT VALUES; RELEASE a").unwrap();
        sql(&mut transaction).execute_batch("SAVEPOINT b; INSERT INTO notes DEFAULT VALUES; ROLLBACK TO b").unwrap();
        assert!(transaction.commit(subject.write(0, 5)).await.is_ok());
        assert_eq!(subject.state().await, (1, 5));
    }
}

#[tokio::test]
async fn a_constraint_that_is_broken_in_the_end_is_the_handler_s_failure() {
    for subject in Subject::both(same).await {
        let mut transaction = subject.begin().await;
        sql(&mut transaction).execute("INSERT INTO notes (parent) VALUES (99)", []).unwrap();
        assert_eq!(kind(transaction.commit(subject.write(0, 5)).await), Some(ErrorKind::Invalid));
        assert_eq!(subject.state().await, (0, 0));
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_interrupted() {
    const FOR_EVER: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT max(n) FROM n";
    for write in [false, true] {
        for subject in Subject::both(|options| options.with_transaction_timeout(Duration::from_millis(300))).await {
            let mut transaction = subject.begin().await;
            note(&mut transaction);
            let statement = if write { format!("INSERT INTO notes (note) {FOR_EVER}") } else { FOR_EVER.to_owned() };
            let began = Instant::now();
            let error = sql(&mut transaction).execute_batch(&statement).unwrap_err();
            assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
            assert!(began.elapsed() < Duration::from_secs(30));
            drop(sql(&mut transaction).execute("INSERT INTO notes DEFAULT VALUES", []));
            assert_eq!(kind(transaction.commit(subject.write(0, 5)).await), Some(ErrorKind::Timeout));
            assert_eq!(subject.state().await, (0, 0));
            subject.backend.append(commit(1, 1)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_commit_that_comes_too_late_is_refused() {
    let (path, folder) = file();
    let subject = Subject::open(SqliteOptions::new(&path).with_transaction_timeout(Duration::ZERO), folder).await;
    let mut transaction = subject.begin().await;
    assert!(transaction.append(commit(1, 1)).await.is_err());
    assert_eq!(kind(transaction.commit(subject.write(0, 5)).await), Some(ErrorKind::Timeout));
    subject.backend.append(commit(1, 1)).await.unwrap();
    let handlers = subject.backend.durable_handlers().await.unwrap();
    assert_eq!(handlers[0].lanes[0].checkpoint, Position::START);
}

#[tokio::test]
async fn others_write_when_the_transaction_has_ended() {
    for subject in Subject::both(same).await {
        for number in 1..=3 {
            let mut transaction = subject.begin().await;
            note(&mut transaction);
            let first = transaction.append(commit(number, 1)).await.unwrap();
            let mut others: Vec<_> = (0..3).map(|_| Box::pin(subject.backend.append(commit(9, 1)))).collect();
            let mut next = pin!(subject.backend.begin());
            let mut context = Context::from_waker(Waker::noop());
            assert!(others.iter_mut().all(|other| other.as_mut().poll(&mut context).is_pending()));
            assert!(next.as_mut().poll(&mut context).is_pending());
            match number {
                1 => drop(transaction.commit(subject.write(0, 5)).await.unwrap()),
                2 => transaction.roll_back().await.unwrap(),
                _ => drop(transaction),
            }
            for other in others {
                let position = other.await.unwrap().recordings()[0].position;
                assert!(number > 1 || position > first.recordings()[0].position);
            }
            assert_eq!(count(&mut next.await.unwrap()), 1);
        }
        assert_eq!(subject.state().await, (1, 5));
    }
}

/// Guards: whoever appends must not wait for ever for a handler that doesn't come back.
#[tokio::test]
async fn a_handler_that_never_ends_holds_nobody_up_for_ever() {
    let impatient = |options: SqliteOptions| options.with_busy_timeout(Duration::ZERO);
    for timeout in [Duration::ZERO, Duration::from_millis(50)] {
        let (path, folder) = file();
        let options = impatient(SqliteOptions::new(&path)).with_transaction_timeout(timeout);
        let subject = Subject::open(options, folder).await;
        let transaction = subject.begin().await;
        let error = subject.backend.append(commit(1, 1)).await.unwrap_err();
        assert!(matches!(&error, events::store::AppendError::Store(error) if error.is_unavailable()), "{error:?}");
        assert!(subject.backend.read_stream(&stream(1), StreamQuery::new()).await.unwrap().is_empty());
        drop(transaction);
        subject.backend.append(commit(1, 1)).await.unwrap();
    }
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let (path, folder) = file();
    let subject = Subject::open(SqliteOptions::new(&path).with_busy_timeout(Duration::ZERO), folder).await;
    let other = raw(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(kind(subject.backend.begin().await), Some(ErrorKind::Unavailable));
    other.execute_batch("ROLLBACK").unwrap();
    let transaction = subject.begin().await;
    assert!(other.execute_batch("BEGIN IMMEDIATE").is_err(), "the transaction has the write lock");
    transaction.roll_back().await.unwrap();
    other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
}

#[tokio::test]
async fn a_closed_store_commits_nothing_more() {
    for subject in Subject::both(same).await {
        let mut transaction = subject.begin().await;
        note(&mut transaction);
        let waiting = subject.backend.begin();
        let mut waiting = pin!(waiting);
        assert!(matches!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
        let (closed, answer) = tokio::join!(subject.backend.close(), async {
            assert_eq!(kind(waiting.await), Some(ErrorKind::Unavailable));
            transaction.commit(subject.write(0, 5)).await
        });
        closed.unwrap();
        assert_eq!(kind(answer), Some(ErrorKind::Unavailable));
        assert_eq!(kind(subject.backend.begin().await), Some(ErrorKind::Unavailable));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_lends_no_transaction() {
    let (path, folder) = file();
    let subject = Subject::open(SqliteOptions::new(&path), folder).await;
    assert_eq!(subject.begin().await.roll_back().await.ok(), Some(()));
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).unwrap();
    assert_eq!(kind(subject.backend.begin().await), Some(ErrorKind::Unavailable));
    std::fs::rename(&aside, &path).unwrap();
    let transaction = subject.begin().await;
    assert!(transaction.commit(subject.write(0, 5)).await.is_ok());
}
