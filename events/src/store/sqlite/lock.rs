//! The write lock of a file, for which processes compete.
//!
//! SQLite doesn't line them up: who finds it taken sleeps, up to 100 ms in the end, and asks again. A
//! process that commits one group after the other is without the lock for microseconds only, so that
//! the others would find it taken for as long as that goes on. So who waits here asks often, and who
//! has written without a pause makes one, in which all who wait have asked.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

/// How long to wait before the lock is asked for again.
const ASK: Duration = Duration::from_micros(500);
/// How long the lock is left alone: time to ask for it twice.
const PAUSE: Duration = Duration::from_micros(1_500);
/// How long is written without a pause while nobody else writes: pauses cost less than a hundredth.
const ALONE: Duration = Duration::from_millis(200);
/// How long is written without a pause while others write too.
const SHARED: Duration = Duration::from_millis(10);

/// Begins a transaction that has the write lock; fails if somebody else has it for longer than `patience`.
pub(super) fn begin(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let mut begin = connection.prepare_cached("BEGIN IMMEDIATE")?;
    // SQLite's own way to wait is for the other statements.
    connection.busy_timeout(Duration::ZERO)?;
    let started = Instant::now();
    let begun = loop {
        match begin.execute([]) {
            Err(error) if is_busy(&error) && started.elapsed() < patience => thread::sleep(ASK),
            done => break done,
        }
    };
    connection.busy_timeout(patience)?;
    begun.map(drop)
}

/// Whether the failure is that somebody else has the lock.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// When one who writes all the time has to let others in.
pub(super) struct Pace {
    since: Instant,
    limit: Duration,
    /// What SQLite says of the others' commits: another number after each.
    others: Option<i64>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), limit: ALONE, others: None }
    }

    /// Called without the lock, before it is asked for, by one who has done nothing for so long.
    pub(super) fn keep(&mut self, connection: &Connection, rested: Duration) -> rusqlite::Result<()> {
        if rested >= PAUSE {
            self.since = Instant::now();
            return Ok(());
        }
        if self.since.elapsed() < self.limit {
            return Ok(());
        }
        thread::sleep(PAUSE);
        let others = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        self.limit = if self.others.is_none_or(|before| before == others) { ALONE } else { SHARED };
        self.others = Some(others);
        self.since = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(folder: &tempfile::TempDir) -> [Connection; 2] {
        let open = || Connection::open(folder.path().join("x.db")).unwrap();
        let connections = [open(), open()];
        connections[0].execute_batch("PRAGMA journal_mode = wal; CREATE TABLE t (x)").unwrap();
        connections
    }

    #[test]
    fn who_writes_without_a_pause_makes_one() {
        let folder = tempfile::tempdir().unwrap();
        let [mine, other] = two(&folder);
        let mut pace = Pace::new();
        let round = |pace: &mut Pace| {
            pace.since = Instant::now().checked_sub(pace.limit).unwrap();
            let began = Instant::now();
            pace.keep(&mine, Duration::ZERO).unwrap();
            assert!(began.elapsed() >= PAUSE);
            pace.limit
        };
        mine.execute("INSERT INTO t VALUES (1)", []).unwrap();
        assert_eq!(round(&mut pace), ALONE);
        other.execute("INSERT INTO t VALUES (2)", []).unwrap();
        assert_eq!(round(&mut pace), SHARED);
        assert_eq!(round(&mut pace), ALONE, "the others have stopped");
        // Who has rested, for lack of work, needs no pause.
        pace.since = Instant::now().checked_sub(pace.limit).unwrap();
        pace.keep(&mine, PAUSE).unwrap();
        assert!(pace.since.elapsed() < pace.limit);
    }

    #[test]
    fn a_lock_is_waited_for_as_long_as_said() {
        let folder = tempfile::tempdir().unwrap();
        let [mine, other] = two(&folder);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(is_busy(&begin(&mine, Duration::ZERO).unwrap_err()));
        assert!(is_busy(&begin(&mine, ASK * 3).unwrap_err()));
        let waiting = thread::spawn(move || {
            begin(&mine, Duration::from_secs(60)).unwrap();
            mine.is_autocommit()
        });
        other.execute_batch("COMMIT").unwrap();
        assert!(!waiting.join().unwrap());
    }
}
