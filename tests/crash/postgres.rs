//! PostgreSQL: a server of our own, that is killed as a whole, or only whoever writes.

use anyhow::{Context as _, Result};
use events::EventStore;
use events::store::{PostgresBackend, PostgresOptions};
use events_tests::postgres::PrivateServer;
use events_tests::random::Random;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::engine::{Blow, Engine};

/// A server, and the schema of the store under test.
pub(crate) struct Postgres {
    server: PrivateServer,
    stores: u64,
}

impl Postgres {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { server: PrivateServer::start().context("a PostgreSQL of our own")?, stores: 0 })
    }

    fn schema(&self) -> String {
        format!("crash_{}", self.stores)
    }
}

/// Opens a place as a child does.
pub(crate) async fn open(place: &str) -> Result<EventStore> {
    let (schema, url) = place.split_once(' ').context("a place is a schema and a URL")?;
    let options = PostgresOptions::new(url)?.with_schema(schema)?;
    Ok(EventStore::new(PostgresBackend::open(options).await?))
}

impl Engine for Postgres {
    fn place(&self) -> String {
        format!("{} {}", self.schema(), self.server.url())
    }

    async fn renew(&mut self) -> Result<()> {
        self.stores += 1;
        Ok(())
    }

    fn next_blow(&self, random: &mut Random) -> Blow {
        match random.below(10) {
            0..4 => Blow::Child,
            4..7 => Blow::Server,
            7..9 => Blow::Both,
            _ => Blow::Restart,
        }
    }

    fn kill_server(&mut self) -> Result<()> {
        Ok(self.server.kill()?)
    }

    fn stop_server(&mut self) -> Result<()> {
        Ok(self.server.stop()?)
    }

    fn resume_server(&mut self) -> Result<()> {
        Ok(self.server.resume()?)
    }

    async fn reopen(&mut self) -> Result<EventStore> {
        open(&self.place()).await
    }

    /// The server's files are of no use without it.
    fn keep(&mut self) -> Option<String> {
        None
    }

    async fn inspect(&self) -> Result<Vec<String>> {
        let mut connection = PgConnection::connect(&self.server.url()).await?;
        let schema = self.schema();
        // Those of version 0 were held, and then nothing was written.
        let heads = format!(
            "SELECT 'the head of ' || aggregate || '/' || aggregate_id || ' is ' || version || ', its events say '
                 || (SELECT count(*) || ', ' || coalesce(max(version), 0) FROM {schema}.events e WHERE e.stream = s.stream)
             FROM {schema}.streams s
             WHERE version <> (SELECT count(*) FROM {schema}.events e WHERE e.stream = s.stream)
                OR version <> (SELECT coalesce(max(version), 0) FROM {schema}.events e WHERE e.stream = s.stream)"
        );
        let wrong = sqlx::query_scalar::<_, String>(AssertSqlSafe(heads)).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(wrong)
    }
}
