//! The PostgreSQL store, against hand-written sqlx.
//!
//! The server is the one at `DATABASE_URL`, or on this machine's port 5432. Both sides have schemas of
//! their own there, which are removed at the end.

mod floor;

use events::prelude::*;
use events::store::{Append, PostgresBackend, PostgresOptions};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor};

use self::floor::Floor;
use crate::sizes::{LARGE, Ours, SMALL, large_to_small};
use crate::{Bench, BoxError, CALORIES, Diary, commit, compare, scan, timed, work};

const SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    const WORKLOADS: [&str; 11] = [
        "postgres-append-1",
        "postgres-append-100",
        "postgres-append-1000",
        "postgres-appenders-8",
        "postgres-appenders-64",
        "postgres-load-10",
        "postgres-load-1000",
        "postgres-load-100000",
        "postgres-scan",
        "postgres-append-large-to-small",
        "postgres-load-large-to-small",
    ];
    if !WORKLOADS.iter().any(|workload| bench.wants(workload)) {
        return Ok(());
    }
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| SERVER.to_owned());
    let schema = format!("bench_{}", Uuid::new_v4().simple());
    let done = bench.runtime.block_on(Sides::open(&url, &schema)).and_then(|sides| {
        let done = sides.run(bench).and_then(|()| sizes(bench, &url, &schema));
        bench.runtime.block_on(sides.store.close())?;
        done
    });
    bench.runtime.block_on(remove(&url, &schema))?;
    done
}

async fn remove(url: &str, schema: &str) -> Result<(), BoxError> {
    let pool = PgPool::connect(url).await?;
    for schema in ["", "_floor", "_small", "_large"].map(|end| format!("{schema}{end}")) {
        pool.execute(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))).await?;
    }
    pool.close().await;
    Ok(())
}

async fn open(url: &str, schema: &str) -> Result<EventStore, BoxError> {
    let options = PostgresOptions::new(url)?.with_schema(schema)?;
    Ok(EventStore::new(PostgresBackend::open(options).await?))
}

/// What it costs that a log is large.
fn sizes(bench: &Bench, url: &str, schema: &str) -> Result<(), BoxError> {
    if !bench.wants("postgres-append-large-to-small") && !bench.wants("postgres-load-large-to-small") {
        return Ok(());
    }
    let fill = |end: &str, size| {
        let store = bench.runtime.block_on(open(url, &format!("{schema}_{end}")))?;
        Ours::fill(bench, store, size, |_| Ok(()))
    };
    let (small, large) = (fill("small", SMALL)?, fill("large", LARGE)?);
    large_to_small(bench, "postgres-", &small, &large)?;
    for log in [small, large] {
        bench.runtime.block_on(log.store.close())?;
    }
    Ok(())
}

struct Sides {
    schema: String,
    store: EventStore,
    floor: Floor,
}

impl Sides {
    async fn open(url: &str, schema: &str) -> Result<Self, BoxError> {
        let store = open(url, schema).await?;
        let floor = Floor::open(url, &format!("{schema}_floor")).await?;
        Ok(Self { schema: schema.to_owned(), store, floor })
    }

    fn run(&self, bench: &Bench) -> Result<(), BoxError> {
        for (events, commits) in [(1, 300), (100, 50), (1_000, 10)] {
            self.appends(bench, events, commits)?;
        }
        for (tasks, commits) in [(8, 100), (64, 30)] {
            self.appenders(bench, tasks, commits)?;
        }
        self.reads(bench)
    }

    fn appends(&self, bench: &Bench, events: usize, commits: usize) -> Result<(), BoxError> {
        let workload = format!("postgres-append-{events}");
        if !bench.wants(&workload) {
            return Ok(());
        }
        let users: Vec<_> = (0..100).map(|_| Uuid::now_v7()).collect();
        compare(&workload, || {
            let batch: Vec<_> =
                users.iter().cycle().take(commits).map(|user| commit(*user, events)).collect::<Result<_, _>>()?;
            let ours = bench.append_all(&self.store, batch.clone())?;
            let floor = timed(|| {
                bench.runtime.block_on(async {
                    for commit in &batch {
                        self.floor.append(commit).await?;
                    }
                    Ok(())
                })
            })?;
            Ok((ours, floor))
        })
    }

    fn appenders(&self, bench: &Bench, tasks: usize, commits: usize) -> Result<(), BoxError> {
        let workload = format!("postgres-appenders-{tasks}");
        if !bench.wants(&workload) {
            return Ok(());
        }
        compare(&workload, || {
            let ours = work(tasks, commits)?;
            let theirs = ours.clone();
            let ours = timed(|| {
                bench.join(ours, |batch| {
                    let store = self.store.clone();
                    bench.runtime.spawn(async move {
                        for commit in batch {
                            store.append(commit).await?;
                        }
                        Ok(())
                    })
                })
            })?;
            let theirs = timed(|| {
                bench.join(theirs, |batch| {
                    let floor = self.floor.clone();
                    bench.runtime.spawn(async move {
                        for commit in batch {
                            floor.append(&commit).await?;
                        }
                        Ok(())
                    })
                })
            })?;
            Ok((ours, theirs))
        })
    }

    fn reads(&self, bench: &Bench) -> Result<(), BoxError> {
        if !["postgres-load-10", "postgres-load-1000", "postgres-load-100000", "postgres-scan"]
            .iter()
            .any(|workload| bench.wants(workload))
        {
            return Ok(());
        }
        let repository = EventSourcing::new(self.store.clone());
        for (events, loads) in [(10, 500), (1_000, 50), (100_000, 1)] {
            let user = Uuid::now_v7();
            bench.runtime.block_on(self.fill(user, events))?;
            let total = u64::try_from(events)? * u64::from(CALORIES);
            let load = async || Ok(repository.load::<Diary>(user).await?.calories);
            let by_hand = || bench.runtime.block_on(self.floor.load(user));
            bench.measure(&format!("postgres-load-{events}"), loads, total, load, by_hand)?;
        }
        for schema in [&self.schema, &self.floor.schema] {
            bench.runtime.block_on(self.floor.settle(schema))?;
        }
        let total = bench.runtime.block_on(scan(&self.store))?;
        let by_hand = || bench.runtime.block_on(self.floor.scan());
        bench.measure("postgres-scan", 1, total, || scan(&self.store), by_hand)
    }

    async fn fill(&self, user: Uuid, events: usize) -> Result<(), BoxError> {
        let mut left = events;
        while left > 0 {
            let commit: Append = commit(user, left.min(1_000))?;
            left -= commit.events().len();
            self.floor.append(&commit).await?;
            self.store.append(commit).await?;
        }
        Ok(())
    }
}
