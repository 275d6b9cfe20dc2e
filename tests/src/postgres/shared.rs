//! The server that tests share, and whether there is one.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::{PrivateServer, programs};

/// Where the server is when nothing is said.
const DEFAULT: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// Where tests are told of another server.
const URL: &str = "DATABASE_URL";
/// Set to `1`, tests that need a server are skipped when there is none.
const NO_SERVICES: &str = "EVENTS_NO_SERVICES";

/// Something that a test needs.
#[derive(Debug)]
pub enum Service<T> {
    /// It is there.
    Available(T),
    /// It isn't, and the tests were told to do without.
    Skipped,
}

impl<T> Service<T> {
    /// What is there, if it is: `let Some(url) = shared_server().get() else { return };`.
    pub fn get(self) -> Option<T> {
        match self {
            Self::Available(service) => Some(service),
            Self::Skipped => None,
        }
    }
}

/// The URL of a server on which tests make databases and schemas of their own: that of
/// `DATABASE_URL`, or the one on this machine's port 5432.
///
/// # Panics
/// If there is none, unless `EVENTS_NO_SERVICES=1` is set.
#[must_use]
pub fn shared_server() -> Service<String> {
    match std::env::var(URL) {
        Ok(url) => Service::Available(url),
        Err(_) => available(answers("127.0.0.1:5432").map(|()| DEFAULT.to_owned())),
    }
}

/// A server of the test's own.
///
/// # Panics
/// If it can't be started, unless `EVENTS_NO_SERVICES=1` is set and PostgreSQL isn't installed.
#[must_use]
pub fn private_server() -> Service<PrivateServer> {
    available(PrivateServer::start())
}

/// Whether programs can start servers of their own.
///
/// # Panics
/// If PostgreSQL isn't installed, unless `EVENTS_NO_SERVICES=1` is set.
#[must_use]
pub fn private_servers() -> Service<()> {
    available(programs::folder().map(drop))
}

fn answers(address: &str) -> io::Result<()> {
    let mut last = io::Error::other(format!("{address} is no address"));
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[expect(clippy::panic, reason = "a test that can't be run has failed")]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
fn available<T>(service: io::Result<T>) -> Service<T> {
    match service {
        Ok(service) => Service::Available(service),
        Err(error) if std::env::var_os(NO_SERVICES).is_some_and(|value| value == "1") => {
            eprintln!("skipped, {NO_SERVICES}=1: there is no PostgreSQL ({error})");
            Service::Skipped
        }
        Err(error) => panic!(
            "this test needs PostgreSQL: {error}\n\
             Install it and start it on port 5432 with a superuser `postgres` who needs no password on this \
             machine, or say where it is ({URL}=postgres://user:password@host/database), or leave out the tests \
             that need a server ({NO_SERVICES}=1)."
        ),
    }
}
