//! A schema for one test.

use std::thread;

use events::Error;
use events::EventStore;
use events::store::{PostgresBackend, PostgresOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A place for a store of one's own in a database that others use too. It is removed when this is
/// dropped, and whatever is in it.
#[derive(Debug)]
pub struct Scratch {
    url: String,
    schema: String,
}

impl Scratch {
    /// A place in the database at `url`. Nothing is made there yet.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), schema: format!("t_{}", Uuid::new_v4().simple()) }
    }

    /// The database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The schema's name.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// How to open a store here.
    ///
    /// # Errors
    /// If the URL is none.
    pub fn options(&self) -> Result<PostgresOptions, Error> {
        PostgresOptions::new(&self.url)?.with_schema(self.schema.as_str())
    }

    /// A store here.
    ///
    /// # Errors
    /// If it can't be opened.
    pub async fn open(&self) -> Result<EventStore, Error> {
        PostgresBackend::open(self.options()?).await.map(EventStore::new)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let sql = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.schema);
        let url = self.url.clone();
        // This may be called on a thread that belongs to a runtime.
        let removed = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await?;
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                connection.close().await
            })
        });
        match removed.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, schema = self.schema, "a test has left its schema behind"),
            Err(_) => tracing::warn!(schema = self.schema, "a test has left its schema behind"),
        }
    }
}
