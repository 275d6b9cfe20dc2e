//! The store under test, and the table beside it that has the effects.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use events::EventStore;
use events_tests::postgres::PrivateServer;
use rusqlite::Connection;
use sqlx::{Connection as _, PgConnection, PgPool, Row as _};
use tempfile::TempDir;

use crate::EngineName;

/// A folder with the journal, and where the store is.
pub(crate) struct Engine {
    name: EngineName,
    folder: PathBuf,
    /// Where the server is, if there is one.
    url: Option<String>,
    /// What the parent has made, and what ends with it.
    _made: Option<(TempDir, Option<PrivateServer>)>,
}

/// Where the table of effects is.
enum Table {
    File(PathBuf),
    Server(String),
}

/// The way to the table of effects that isn't the lent transaction.
#[derive(Debug, Clone)]
pub(crate) enum Outside {
    File(Arc<Mutex<Connection>>),
    Server(PgPool),
}

impl Engine {
    /// An empty store with an empty table beside it.
    pub(crate) async fn new(name: EngineName) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().to_owned();
        let server = match name {
            EngineName::Sqlite => None,
            EngineName::Postgres => Some(PrivateServer::start().context("a PostgreSQL of our own")?),
        };
        let url = server.as_ref().map(PrivateServer::url);
        if let Some(url) = &url {
            fs::write(path.join("url"), url)?;
        }
        let engine = Self { name, folder: path, url, _made: Some((folder, server)) };
        engine.open().await?.close().await?;
        match engine.table() {
            Table::File(file) => Connection::open(file)?
                .execute_batch("CREATE TABLE effects (place INTEGER PRIMARY KEY, page INTEGER, number INTEGER)")?,
            Table::Server(url) => {
                let table = "CREATE TABLE public.effects (place bigserial PRIMARY KEY, page bigint, number bigint)";
                sqlx::query(table).execute(&mut PgConnection::connect(&url).await?).await?;
            }
        }
        Ok(engine)
    }

    /// The same, for a child.
    pub(crate) fn of_child(name: EngineName, folder: &str) -> Result<Self> {
        let folder = PathBuf::from(folder);
        let url = match name {
            EngineName::Sqlite => None,
            EngineName::Postgres => Some(fs::read_to_string(folder.join("url"))?),
        };
        Ok(Self { name, folder, url, _made: None })
    }

    pub(crate) fn name(&self) -> EngineName {
        self.name
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn table(&self) -> Table {
        match &self.url {
            Some(url) => Table::Server(url.clone()),
            None => Table::File(self.folder.join("delivery.db")),
        }
    }

    pub(crate) fn outside(&self) -> Result<Outside> {
        Ok(match self.table() {
            Table::Server(url) => Outside::Server(PgPool::connect_lazy(&url)?),
            Table::File(file) => {
                let connection = Connection::open(file)?;
                // Nobody pulls the plug, and there are many small writes.
                connection.pragma_update(None, "synchronous", "OFF")?;
                Outside::File(Arc::new(Mutex::new(connection)))
            }
        })
    }

    pub(crate) async fn open(&self) -> Result<EventStore> {
        Ok(match self.table() {
            Table::File(file) => EventStore::sqlite(file).await?,
            Table::Server(url) => EventStore::postgres(&url).await?,
        })
    }

    /// The effects, in the order in which they were written: page and number.
    pub(crate) async fn effects(&self) -> Result<Vec<(u64, u64)>> {
        const EFFECTS: &str = "SELECT page, number FROM effects ORDER BY place";
        let rows: Vec<(i64, i64)> = match self.table() {
            Table::File(file) => {
                let connection = Connection::open(file)?;
                let mut effects = connection.prepare(EFFECTS)?;
                effects.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
            }
            Table::Server(url) => {
                let rows = sqlx::query(EFFECTS).fetch_all(&mut PgConnection::connect(&url).await?).await?;
                rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?
            }
        };
        rows.into_iter().map(|(page, number)| Ok((page.try_into()?, number.try_into()?))).collect()
    }
}

impl Outside {
    /// Writes an effect over another connection.
    pub(crate) async fn write(&self, page: u64, number: u64) -> Result<()> {
        let (page, number) = (i64::try_from(page)?, i64::try_from(number)?);
        match self {
            Self::File(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                connection.execute("INSERT INTO effects (page, number) VALUES (?1, ?2)", (page, number))?;
            }
            Self::Server(pool) => {
                let insert = sqlx::query("INSERT INTO public.effects (page, number) VALUES ($1, $2)");
                insert.bind(page).bind(number).execute(pool).await?;
            }
        }
        Ok(())
    }
}
