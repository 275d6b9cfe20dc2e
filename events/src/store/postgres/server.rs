//! What the server and its database must be like.

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::error::{Trouble, store_error};
use super::statements::Sql;
use crate::error::{Error, ErrorKind};

/// The oldest version that is maintained, as the server numbers itself.
const OLDEST: i32 = 130_000;

/// Looks at the server, before anything is made on it.
pub(super) async fn check(connection: &mut PgConnection) -> Result<(), Error> {
    const SERVER: &str = include_str!("sql/server.sql");
    let row = sqlx::query(SERVER).fetch_one(connection).await.map_err(store_error)?;
    let version: i32 = row.try_get(0).map_err(store_error)?;
    let encoding: String = row.try_get(1).map_err(store_error)?;
    let (standby, synced): (bool, bool) = (row.try_get(2).map_err(store_error)?, row.try_get(3).map_err(store_error)?);
    if version < OLDEST {
        let message = format!("PostgreSQL 13 is the oldest that can be used, the server has number {version}");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    if encoding != "UTF8" {
        let message = format!("the database keeps texts as {encoding}: make one with ENCODING 'UTF8'");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    if standby {
        return Err(Trouble::ReadOnly.into_error());
    }
    if !synced {
        tracing::warn!("the server runs with fsync = off: a crash of its machine destroys the database");
    }
    Ok(())
}

/// Looks whether positions are handed out as readers rely on: one after the other, and never again.
pub(super) async fn check_positions(connection: &mut PgConnection, schema: &str) -> Result<(), Error> {
    let check = Sql::new(schema, include_str!("sql/check_positions.sql"));
    let row = sqlx::query(check.safe()).fetch_one(connection).await.map_err(store_error)?;
    let (cycles, cached): (bool, bool) = (row.try_get(0).map_err(store_error)?, row.try_get(1).map_err(store_error)?);
    let (handed_out, last): (i64, i64) = (row.try_get(2).map_err(store_error)?, row.try_get(3).map_err(store_error)?);
    if cycles || cached {
        let message = format!(
            "the sequence `{schema}.event_positions` was changed: it must have CACHE 1 and NO CYCLE, as the store made it"
        );
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    if handed_out < last {
        let message = format!(
            "the log has an event at position {last}, but position {handed_out} was the last to be handed out: the \
             database was restored in part. Restore the sequence `{schema}.event_positions` with the table, or set it \
             to {last}"
        );
        return Err(Error::new(ErrorKind::Rewound, message));
    }
    Ok(())
}
