//! The tables: whether they are there, whose they are, and making them.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use super::error::store_error;
use super::statements::Sql;
use crate::error::{Error, ErrorKind};

/// The version that the steps lead to.
const VERSION: i32 = 2;

/// What makes each version of the schema out of the one before it, in order.
const STEPS: &[&[&str]] = &[
    &[
        include_str!("sql/schema.sql"),
        include_str!("sql/views.sql"),
        include_str!("sql/functions.sql"),
        include_str!("sql/comments.sql"),
    ],
    &[include_str!("sql/version_2.sql")],
];

/// Looks whether the schema is there, and makes it if not. Several processes may do so at once.
///
/// Nothing of another application is touched: a schema with tables and no event store is refused.
/// Who only uses an event store needs no right to make one.
pub(super) async fn ensure(connection: &mut PgConnection, schema: &str) -> Result<(), Error> {
    if version(connection, schema).await? == Some(VERSION) {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await.map_err(store_error)?;
    // Whoever comes second finds the tables made.
    const TURN: &str = "SELECT pg_advisory_xact_lock(hashtext('event store'), hashtext($1))";
    sqlx::query(TURN).bind(schema).execute(&mut *transaction).await.map_err(store_error)?;
    let known = version(&mut transaction, schema).await?;
    if known.is_none() && !exists(&mut transaction, schema).await? {
        let create = Sql::new(schema, include_str!("sql/create_schema.sql"));
        sqlx::raw_sql(create.safe()).execute(&mut *transaction).await.map_err(store_error)?;
    }
    let done = usize::try_from(known.unwrap_or(0)).unwrap_or(0);
    for (step, number) in STEPS.iter().zip(1_i32..).skip(done) {
        for sql in *step {
            sqlx::raw_sql(Sql::new(schema, sql).safe()).execute(&mut *transaction).await.map_err(store_error)?;
        }
        let applied = Sql::new(schema, include_str!("sql/insert_schema_version.sql"));
        let applied = sqlx::query(applied.safe()).bind(number).bind(concat!("events ", env!("CARGO_PKG_VERSION")));
        applied.execute(&mut *transaction).await.map_err(store_error)?;
    }
    transaction.commit().await.map_err(store_error)
}

/// Looks whether there is a store that can be read as it is.
pub(super) async fn look_to_read(connection: &mut PgConnection, schema: &str) -> Result<(), Error> {
    match version(connection, schema).await? {
        Some(VERSION) => Ok(()),
        Some(older) => Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "the store has schema version {older}, and this program reads {VERSION}: open it once for writing, \
                 which brings it up to date"
            ),
        )),
        None => Err(Error::new(
            ErrorKind::NotFound,
            format!("there is no event store in the schema `{schema}`: a program that writes has to make it first"),
        )),
    }
}

/// The version of the schema, if there is an event store in it.
async fn version(connection: &mut PgConnection, schema: &str) -> Result<Option<i32>, Error> {
    const FOUND: &str = include_str!("sql/look.sql");
    let found = sqlx::query(FOUND).bind(schema).fetch_one(&mut *connection).await.map_err(store_error)?;
    let (history, others): (bool, i64) = (found.get(0), found.get(1));
    if !history {
        return if others == 0 { Ok(None) } else { Err(foreign(schema, others)) };
    }
    let newest = Sql::new(schema, "SELECT max(schema_version) FROM {schema}.schema_history");
    let newest = sqlx::query(newest.safe()).fetch_one(connection).await.map_err(store_error)?;
    match newest.get::<Option<i32>, _>(0) {
        Some(known @ 1..=VERSION) => Ok(Some(known)),
        Some(newer) if newer > VERSION => Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "the store was written by a newer version of this program (schema version {newer}, known is \
                 {VERSION}): update the program"
            ),
        )),
        other => Err(Error::new(
            ErrorKind::Decode,
            format!(
                "the store has schema version {}, which never existed: restore it from a backup",
                other.unwrap_or(0)
            ),
        )),
    }
}

async fn exists(connection: &mut PgConnection, schema: &str) -> Result<bool, Error> {
    const EXISTS: &str = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
    sqlx::query_scalar(EXISTS).bind(schema).fetch_one(connection).await.map_err(store_error)
}

fn foreign(schema: &str, others: i64) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("the schema `{schema}` has {others} tables and the like that are no event store: give it another name"),
    )
}
