//! Where the events are.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;
use events::EventStore;

/// A place for an event store, as the command line names it.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(PathBuf),
    /// By its URL.
    Postgres(String),
}

impl FromStr for Database {
    type Err = Infallible;

    fn from_str(place: &str) -> Result<Self, Infallible> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| place.starts_with(scheme));
        Ok(if is_url { Self::Postgres(place.to_owned()) } else { Self::Sqlite(place.into()) })
    }
}

/// A URL may have a password in it.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(file) => f.debug_tuple("Sqlite").field(file).finish(),
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

impl Database {
    /// Opens the store.
    pub(crate) async fn open(&self) -> anyhow::Result<EventStore> {
        match self {
            Self::Sqlite(file) => {
                EventStore::sqlite(file).await.with_context(|| format!("can't open {}", file.display()))
            }
            Self::Postgres(url) => postgres(url).await.context("can't open the PostgreSQL database"),
        }
    }
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str) -> Result<EventStore, events::Error> {
    EventStore::postgres(url).await
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str) -> anyhow::Result<EventStore> {
    anyhow::bail!("the examples were built without PostgreSQL: leave out `--no-default-features`")
}
