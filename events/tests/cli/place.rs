//! Where a test has its store, and the tool that is told of it.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use events::EventStore;
use events::store::{PostgresBackend, PostgresOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A store of the test's own; it is gone with this.
pub(crate) struct Place {
    folder: TempDir,
    /// The URL of the database, and the schema in it.
    postgres: Option<(String, String)>,
}

/// What a run of the tool has left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn in_a_file() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), postgres: None }
    }

    /// None if there is no server, and need not be.
    pub(crate) fn in_a_schema() -> Option<Self> {
        let url = match std::env::var("DATABASE_URL") {
            Ok(url) => url,
            Err(_) if TcpStream::connect("127.0.0.1:5432").is_ok() => {
                "postgres://postgres@127.0.0.1:5432/postgres".to_owned()
            }
            Err(_) if std::env::var("EVENTS_NO_SERVICES").is_ok_and(|value| value == "1") => return None,
            Err(_) => panic!("this test needs PostgreSQL on port 5432, or DATABASE_URL, or EVENTS_NO_SERVICES=1"),
        };
        let schema = format!("t_{}", Uuid::new_v4().simple());
        Some(Self { folder: tempfile::tempdir().unwrap(), postgres: Some((url, schema)) })
    }

    pub(crate) fn file(&self) -> String {
        self.folder.path().join("app.db").to_str().unwrap().to_owned()
    }

    pub(crate) fn is_a_file(&self) -> bool {
        self.postgres.is_none()
    }

    pub(crate) async fn open(&self) -> EventStore {
        match &self.postgres {
            None => EventStore::sqlite(self.file()).await.unwrap(),
            Some((url, schema)) => {
                let options = PostgresOptions::new(url).unwrap().with_schema(schema.as_str()).unwrap();
                EventStore::new(PostgresBackend::open(options).await.unwrap())
            }
        }
    }

    /// The tool, told of this place; nobody is at its keyboard.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tool();
        match &self.postgres {
            None => command.args(["--store", &self.file()]),
            Some((url, schema)) => command.env("EVENTS_STORE", url).args(["--schema", schema]),
        };
        command.args(arguments);
        command
    }

    /// Runs the tool to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments)).await
    }

    /// What it prints when all is well.
    pub(crate) async fn says(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// The same for programs.
    pub(crate) async fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let text = self.says(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error} in {text}"))
    }

    /// Starts the tool; what it prints can be read while it runs.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((url, schema)) = self.postgres.take() else { return };
        // This may be called on a thread that belongs to a runtime.
        let removing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                let drop = format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE");
                sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
            });
        });
        removing.join().expect("a test has left its schema behind");
    }
}

/// The tool, which nobody has told of a store.
pub(crate) fn tool() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_events"));
    for variable in ["EVENTS_STORE", "EVENTS_SCHEMA", "LOGNAME", "USERNAME"] {
        command.env_remove(variable);
    }
    command.env("USER", "ada").stdin(Stdio::null());
    command
}

pub(crate) async fn run(mut command: Command) -> Ran {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Ran {
        code: output.status.code().expect("it has ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs each case on SQLite and on PostgreSQL.
macro_rules! on_both_stores {
    ($($case:ident),+ $(,)?) => {
        mod in_a_file {
            $(#[tokio::test] async fn $case() { super::$case(crate::place::Place::in_a_file()).await })+
        }
        mod in_a_schema {
            $(#[tokio::test] async fn $case() {
                let Some(place) = crate::place::Place::in_a_schema() else { return };
                super::$case(place).await;
            })+
        }
    };
}
pub(crate) use on_both_stores;
