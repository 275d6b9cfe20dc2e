//! Who disturbs: connections are cut, processes killed, the server killed and stopped; and
//! transactions that commit late on purpose.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use events::EventStore;
use events_tests::child::{Child, Heard};
use events_tests::postgres::PrivateServer;
use events_tests::random::Random;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::watch;

use crate::writers::{commit, may_happen};

/// How long a late transaction waits for the naive reader to pass it.
const LATE: Duration = Duration::from_millis(500);

/// How often what was done.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) cuts: u64,
    pub(crate) kills: u64,
    pub(crate) crashes: u64,
    pub(crate) restarts: u64,
}

/// The writing processes.
pub(crate) struct Children {
    children: Vec<Child>,
    /// What they have said.
    lines: Vec<String>,
    started: u64,
    arguments: Vec<String>,
}

impl Children {
    /// Starts so many; each gets these arguments and a number of its own.
    pub(crate) fn start(count: u64, arguments: Vec<String>) -> Result<Self> {
        let mut children = Self { children: Vec::new(), lines: Vec::new(), started: 0, arguments };
        for _ in 0..count {
            children.start_one()?;
        }
        Ok(children)
    }

    fn start_one(&mut self) -> Result<()> {
        self.started += 1;
        let number = format!("--child={}", self.started);
        self.children.push(Child::start(self.arguments.iter().chain([&number]))?);
        Ok(())
    }

    /// Kills one of them in the middle of whatever it does, and starts another one.
    fn replace(&mut self, random: &mut Random) -> Result<()> {
        let index = usize::try_from(random.below(self.children.len() as u64))?;
        self.lines.extend(ended(self.children.swap_remove(index))?);
        self.start_one()
    }

    /// Kills all, and answers with all that any has said.
    pub(crate) fn end(mut self) -> Result<Vec<String>> {
        for child in std::mem::take(&mut self.children) {
            self.lines.extend(ended(child)?);
        }
        Ok(self.lines)
    }
}

/// Kills a child, and answers with all that it has said.
fn ended(child: Child) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        match child.hear(Duration::ZERO) {
            Heard::Line(line) => lines.push(line),
            Heard::Silence => break,
            Heard::End => {
                lines.push("a writing process has ended by itself".to_owned());
                break;
            }
        }
    }
    lines.extend(child.kill()?);
    Ok(lines)
}

/// Disturbs for that time. In the middle the server is killed, and later stopped and started.
pub(crate) async fn disturb(
    server: &mut PrivateServer,
    children: &mut Children,
    time: Duration,
    mut random: Random,
) -> Result<Deeds> {
    let began = Instant::now();
    let mut deeds = Deeds::default();
    let mut pace = tokio::time::interval(Duration::from_millis(150));
    while began.elapsed() < time || deeds.restarts == 0 {
        pace.tick().await;
        if deeds.crashes == 0 && began.elapsed() > time / 3 {
            server.kill()?;
            server.resume()?;
            deeds.crashes += 1;
        } else if deeds.restarts == 0 && began.elapsed() > time * 2 / 3 {
            server.stop()?;
            server.resume()?;
            deeds.restarts += 1;
        } else if random.percent(10) || (deeds.kills == 0 && began.elapsed() > time / 6) {
            children.replace(&mut random)?;
            deeds.kills += 1;
        } else if random.percent(30) {
            cut(server).await?;
            deeds.cuts += 1;
        }
    }
    Ok(deeds)
}

/// Ends somebody's connection, in whatever it is doing.
async fn cut(server: &PrivateServer) -> Result<()> {
    const CUT: &str = "SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        ORDER BY random() LIMIT 1
    ) one";
    let mut connection = PgConnection::connect(&server.url()).await?;
    sqlx::query(CUT).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Transactions that hold a position back until the naive reader has passed it: it misses them, every
/// time. Answers how many were committed, and with which events.
pub(crate) async fn be_late(
    url: String,
    store: EventStore,
    mut naive: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
) -> Result<Vec<events::EventId>> {
    let mut random = Random::of(&[u64::MAX]);
    let mut late = Vec::new();
    while !*stop.borrow() {
        match be_late_once(&url, &store, &mut random, &mut naive).await {
            Ok(ids) => late.extend(ids),
            Err(error) if may_happen(&error) => tokio::task::yield_now().await,
            Err(error) => return Err(error),
        }
    }
    Ok(late)
}

async fn be_late_once(
    url: &str,
    store: &EventStore,
    random: &mut Random,
    naive: &mut watch::Receiver<u64>,
) -> Result<Vec<events::EventId>> {
    let mut connection = PgConnection::connect(url).await?;
    let mut transaction = connection.begin().await?;
    let (commit, ids) = commit(random)?;
    let appended = store.append_in(&mut transaction, commit).await?;
    let position = appended.recordings().first().context("a commit has events")?.position.value();
    let passed = tokio::time::timeout(LATE, naive.wait_for(|at| *at > position)).await.is_ok_and(|at| at.is_ok());
    transaction.commit().await?;
    // When nobody else has written meanwhile, it wasn't late.
    Ok(if passed { ids } else { Vec::new() })
}

/// Waits until no transaction is open any more but those of readers.
pub(crate) async fn until_all_is_decided(url: &str) -> Result<()> {
    const OPEN: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL";
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let mut connection = PgConnection::connect(url).await?;
    while sqlx::query_scalar::<_, i64>(OPEN).fetch_one(&mut connection).await? > 0 {
        anyhow::ensure!(Instant::now() < deadline, "transactions are still open that nobody holds");
        pace.tick().await;
    }
    Ok(connection.close().await?)
}
