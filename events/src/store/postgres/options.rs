//! How to open a PostgreSQL store.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::error::store_error;
use crate::error::{Error, ErrorKind};

/// The schema that the tables are in when none is named.
const SCHEMA: &str = "events";
/// The longest name of a schema; PostgreSQL cuts names at 63 bytes, and some are made of it.
const LONGEST_SCHEMA: usize = 48;

/// How to open a PostgreSQL store.
///
/// ```
/// use events::store::PostgresOptions;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), events::Error> {
/// let options = PostgresOptions::new("postgres://app@db.internal/shop")?
///     .with_schema("shop_events")?
///     .with_patience(Duration::from_secs(10));
/// assert!(PostgresOptions::new("mysql://db.internal").is_err());
/// # drop(options);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct PostgresOptions {
    connect: PgConnectOptions,
    schema: String,
    append_connections: usize,
    read_connections: usize,
    transaction_connections: usize,
    patience: Duration,
    asynchronous_commit: bool,
    read_only: bool,
}

impl PostgresOptions {
    /// A database by its URL, such as `postgres://user:password@host:5432/database?sslmode=require`.
    ///
    /// TLS needs the feature `postgres-tls`, or one of sqlx's own features for it in your program.
    ///
    /// # Errors
    /// If the URL is none of PostgreSQL.
    pub fn new(url: &str) -> Result<Self, Error> {
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            // Without the URL, which may have a password.
            let message = "the URL isn't one of PostgreSQL: it begins with `postgres://`";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        PgConnectOptions::from_str(url).map(Self::from_connect_options).map_err(store_error)
    }

    /// A database by sqlx's own options.
    ///
    /// ```
    /// use events::store::PostgresOptions;
    /// use sqlx::postgres::PgConnectOptions;
    ///
    /// let socket = PgConnectOptions::new_without_pgpass().socket("/run/postgresql").database("shop");
    /// let options = PostgresOptions::from_connect_options(socket);
    /// # drop(options);
    /// ```
    pub fn from_connect_options(connect: PgConnectOptions) -> Self {
        Self {
            connect: connect.disable_statement_logging(),
            schema: SCHEMA.to_owned(),
            append_connections: 4,
            read_connections: 4,
            transaction_connections: 4,
            patience: Duration::from_secs(5),
            asynchronous_commit: false,
            read_only: false,
        }
    }

    /// The database that a pool connects to. The store has connections of its own, made in the same
    /// way: a pool all of whose connections wait for an append couldn't serve it.
    ///
    /// ```
    /// use events::store::PostgresOptions;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sqlx::Error> {
    /// let pool = sqlx::PgPool::connect_lazy("postgres://app@db.internal/shop")?;
    /// let options = PostgresOptions::from_pool(&pool);
    /// # drop(options);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_pool(pool: &sqlx::PgPool) -> Self {
        Self::from_connect_options(PgConnectOptions::clone(&pool.connect_options()))
    }

    /// The schema that the store's tables are in; `events` unless set. Several stores may share a
    /// database, each in a schema of its own.
    ///
    /// # Errors
    /// If the name isn't made of lower-case ASCII letters, digits and underscores, begins with a digit
    /// or `pg_`, or has more than 48 characters.
    pub fn with_schema(mut self, schema: impl Into<String>) -> Result<Self, Error> {
        self.schema = schema.into();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let digit = self.schema.starts_with(|first: char| first.is_ascii_digit());
        let named = !self.schema.is_empty() && self.schema.len() <= LONGEST_SCHEMA && !digit;
        if named && self.schema.bytes().all(plain) && !self.schema.starts_with("pg_") {
            return Ok(self);
        }
        let message = format!(
            "`{}` can't be the name of the store's schema: it must have 1 to {LONGEST_SCHEMA} characters of a to z, 0 \
             to 9 and _, and not begin with a digit or `pg_`",
            self.schema
        );
        Err(Error::new(ErrorKind::Invalid, message))
    }

    /// How many connections append at once; 4 unless set, and at least one. They are opened as they
    /// are needed: commits that wait for one are written together.
    pub fn with_append_connections(mut self, connections: usize) -> Self {
        self.append_connections = connections.clamp(1, 64);
        self
    }

    /// How many connections there are for everything else; 4 unless set, and at least one. They are
    /// opened as they are needed.
    pub fn with_read_connections(mut self, connections: usize) -> Self {
        self.read_connections = connections.clamp(1, 64);
        self
    }

    /// How many handlers may be in a transaction at once; 4 unless set, and at least one. Each has a
    /// connection of its own, opened when it is first needed.
    pub fn with_transaction_connections(mut self, connections: usize) -> Self {
        self.transaction_connections = connections.clamp(1, 64);
        self
    }

    /// How long an append waits for a stream that another transaction holds, and for a server that
    /// has gone away; 5 seconds unless set.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience.clamp(Duration::from_millis(1), Duration::from_secs(24 * 60 * 60));
        self
    }

    /// Acknowledges appends before they are on the server's disk (`synchronous_commit = off`). A crash
    /// of the program loses nothing; one of the server may lose the last commits, acknowledged or
    /// not, and never a part of one. Readers may have seen what is lost: they are told by
    /// [`ErrorKind::Rewound`](crate::ErrorKind::Rewound).
    pub fn with_asynchronous_commit(mut self) -> Self {
        self.asynchronous_commit = true;
        self
    }

    /// Only reads: the store has to be there, nothing of it is made or changed, and whatever would write is
    /// refused as [`ErrorKind::Unsupported`]. Its sessions are read-only on the server too, and who may only
    /// read the tables can open it. A store of an older version isn't brought up to date but refused.
    ///
    /// ```
    /// use events::store::{PostgresBackend, PostgresOptions};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), events::Error> {
    /// let options = PostgresOptions::new("postgres://reader@127.0.0.1:1/shop")?.read_only();
    /// match PostgresBackend::open(options).await {
    ///     Ok(_) => println!("the store is there"),
    ///     Err(error) if error.is_not_found() => println!("there is no store in that schema"),
    ///     Err(error) => assert!(error.is_unavailable(), "nobody listens on port 1"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.read_only
    }

    pub(super) fn connect_options(&self) -> &PgConnectOptions {
        &self.connect
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) fn append_connections(&self) -> usize {
        self.append_connections
    }

    pub(super) fn read_connections(&self) -> usize {
        self.read_connections
    }

    pub(super) fn transaction_connections(&self) -> usize {
        self.transaction_connections
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn asynchronous_commit(&self) -> bool {
        self.asynchronous_commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_schemas_are_checked() {
        let options = || PostgresOptions::new("postgres://app@localhost/shop").unwrap();
        let longest = "s".repeat(LONGEST_SCHEMA);
        for name in ["events", "shop_2", "_", longest.as_str()] {
            assert_eq!(options().with_schema(name).unwrap().schema(), name);
        }
        let longer = format!("{longest}s");
        for name in ["", "2shop", "Events", "a-b", "a\"b", "ä", "pg_events", longer.as_str()] {
            assert!(options().with_schema(name).unwrap_err().is_invalid(), "{name}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_and_not_repeated() {
        for url in ["", "sqlite://app.db", "postgres", "postgres://user:s3cret@host:port/db"] {
            let error = PostgresOptions::new(url).unwrap_err();
            assert!(error.is_invalid(), "{url}: {error:?}");
            assert!(!format!("{error:?}").contains("s3cret"));
        }
    }
}
