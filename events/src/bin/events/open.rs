//! Opening the store.

use std::env;
use std::path::Path;

use events::store::{PostgresBackend, PostgresOptions, SqliteBackend, SqliteOptions};
use events::{Audit, EventStore};

use crate::args::{Cli, Why};
use crate::failure::Failure;

const STORE: &str = "EVENTS_STORE";
const SCHEMA: &str = "EVENTS_SCHEMA";
/// Where systems say who is logged in.
const USER: &[&str] = &["USER", "LOGNAME", "USERNAME"];

/// Opens the store that was named: only to read where the command only looks. It has to be there, in
/// this program's version: no store is made, and none is brought up to date.
pub(crate) async fn open(cli: &Cli) -> Result<EventStore, Failure> {
    let place = cli.store.clone().or_else(|| variable(STORE)).filter(|place| !place.is_empty()).ok_or_else(|| {
        Failure::refused(format!("which store? Give --store PATH or --store postgres://…, or set {STORE}"))
    })?;
    if place.starts_with("postgres://") || place.starts_with("postgresql://") {
        open_postgres(cli, &place).await
    } else if place.contains("://") {
        // Without the URL, which may have a password.
        Err(Failure::refused("the store's URL isn't one of PostgreSQL: it begins with postgres://"))
    } else {
        open_sqlite(cli, &place).await
    }
}

async fn open_sqlite(cli: &Cli, path: &str) -> Result<EventStore, Failure> {
    if Path::new(path).is_dir() {
        return Err(Failure::refused(format!("`{path}` is a folder: give the path of the store's file")));
    }
    let at_path = |error| Failure::Store { place: Some(path.to_owned()), error };
    let reading = SqliteBackend::open(SqliteOptions::new(path).read_only()).await.map_err(at_path)?;
    let store = EventStore::new(reading);
    if cli.command.only_looks() {
        return Ok(store);
    }
    store.close().await?;
    Ok(EventStore::new(SqliteBackend::open(SqliteOptions::new(path)).await.map_err(at_path)?))
}

async fn open_postgres(cli: &Cli, url: &str) -> Result<EventStore, Failure> {
    let mut options = PostgresOptions::new(url)?;
    if let Some(schema) = cli.schema.clone().or_else(|| variable(SCHEMA)) {
        options = options.with_schema(schema)?;
    }
    let store = EventStore::new(PostgresBackend::open(options.clone().read_only()).await?);
    if cli.command.only_looks() {
        return Ok(store);
    }
    store.close().await?;
    Ok(EventStore::new(PostgresBackend::open(options).await?))
}

/// What is written into the audit.
pub(crate) fn audit(why: &Why) -> Result<Audit, Failure> {
    let given = why.by.clone().filter(|by| !by.trim().is_empty());
    let by = given.or_else(|| USER.iter().find_map(|name| variable(name)));
    let by = by.ok_or_else(|| Failure::refused("who are you? Nobody is logged in here: give --by NAME"))?;
    match why.reason.as_deref().map(str::trim) {
        Some("") => Err(Failure::refused("the reason is empty: say why, for those who read the audit")),
        Some(reason) => Ok(Audit::by(by).because(reason)),
        None => Err(Failure::refused("why? Give --reason TEXT, for those who read the audit")),
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
