//! A server of one's own, to be stopped and killed at will.

use std::fs;
use std::io::{self, Error, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::programs::{Programs, output};
use crate::child::signal;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a port may turn out to be taken.
const PORTS: usize = 5;

/// A PostgreSQL server of one's own, in a folder of its own, on a port that was free. It is ended,
/// and its folder removed, when it is dropped.
///
/// Everybody on this machine may log in. It listens on the loopback interface only.
#[derive(Debug)]
pub struct PrivateServer {
    programs: Programs,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

impl PrivateServer {
    /// Makes a server and starts it.
    ///
    /// # Errors
    /// If PostgreSQL isn't installed or doesn't start; the error has what it has said.
    pub fn start() -> io::Result<Self> {
        Self::with_settings(&[])
    }

    /// Makes a server with settings of `postgresql.conf`, and starts it.
    ///
    /// # Errors
    /// If PostgreSQL isn't installed or doesn't start; the error has what it has said.
    pub fn with_settings(settings: &[(&str, &str)]) -> io::Result<Self> {
        let mut server = Self::in_a_folder(settings)?;
        let mut initdb = server.programs.command("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
        output(initdb.arg(server.data()))?;
        server.resume_on_a_free_port()?;
        Ok(server)
    }

    /// A server that follows this one and answers questions, but writes nothing.
    ///
    /// # Errors
    /// If it can't copy this server, or doesn't start.
    pub fn standby(&self) -> io::Result<Self> {
        let mut server = Self::in_a_folder(&[])?;
        // A standby that has less of something than its primary doesn't start.
        server.settings.clone_from(&self.settings);
        let mut copy = server.programs.command("pg_basebackup");
        copy.args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            "--username=postgres",
            "--host=127.0.0.1",
        ]);
        output(copy.arg(format!("--port={}", self.port)).arg("--pgdata").arg(server.data()))?;
        server.resume_on_a_free_port()?;
        Ok(server)
    }

    fn in_a_folder(settings: &[(&str, &str)]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let programs = Programs::find(folder.path())?;
        programs.hand_over(folder.path())?;
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(Self { programs, folder, port: 0, settings, process: None })
    }

    /// Where it is, as its superuser.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where one of its databases is.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Its port, which stays the same when it is started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its processes: the one that was started, then its children. None while it is stopped.
    ///
    /// # Errors
    /// If they can't be listed.
    pub fn processes(&self) -> io::Result<Vec<u32>> {
        let Some(process) = &self.process else { return Ok(Vec::new()) };
        let mut pgrep = Command::new("pgrep");
        // It fails when there are no children, and says nothing.
        let children = pgrep.arg("-P").arg(process.id().to_string()).output()?;
        let children = String::from_utf8_lossy(&children.stdout);
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        Ok([process.id()].into_iter().chain(children).collect())
    }

    /// Kills all its processes with SIGKILL, as a crash of the machine would, and waits until they
    /// are gone.
    ///
    /// # Errors
    /// If it isn't running, or a process can't be killed.
    pub fn kill(&mut self) -> io::Result<()> {
        // Stopped, it neither starts nor ends children while they are counted.
        signal("STOP", &[self.process()?.id()])?;
        let all = self.processes()?;
        signal("KILL", &all)?;
        self.wait()?;
        until("its processes are gone", || Ok(all.iter().all(|id| signal("0", &[*id]).is_err())))
    }

    /// Stops it as an administrator would: connections are cut, what was committed is on the disk.
    ///
    /// # Errors
    /// If it isn't running, or doesn't stop.
    pub fn stop(&mut self) -> io::Result<()> {
        signal("INT", &[self.process()?.id()])?;
        let status = self.wait()?;
        if status.success() { Ok(()) } else { Err(self.failed(&format!("it has stopped with {status}"))) }
    }

    /// Starts it again on what it has written, on the same port, and waits until it answers.
    ///
    /// # Errors
    /// If it is running, or doesn't start; the error has what it has said.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.process.is_some() {
            return Err(Error::other("the server is running already"));
        }
        let log = fs::File::create(self.log())?;
        let mut postgres = self.programs.command("postgres");
        postgres.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        postgres.arg("-k").arg(self.folder.path());
        for setting in ["listen_addresses=127.0.0.1"].into_iter().chain(self.settings.iter().map(String::as_str)) {
            postgres.args(["-c", setting]);
        }
        let postgres = postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(postgres.spawn()?);
        let started = until("the server answers", || {
            let ended = self.process.as_mut().and_then(|process| process.try_wait().transpose()).transpose()?;
            match ended {
                Some(status) => Err(Error::other(format!("the server has ended with {status}"))),
                None => self.is_ready(),
            }
        });
        started.map_err(|error| {
            self.end();
            self.failed(&error.to_string())
        })
    }

    /// Between looking for a free port and using it, another program may have taken it.
    fn resume_on_a_free_port(&mut self) -> io::Result<()> {
        let mut result = Err(Error::other("no port was tried"));
        for _ in 0..PORTS {
            self.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            result = self.resume();
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// What the file says that tells the server's own tools how it is doing. One that was killed has
    /// left it behind.
    fn is_ready(&self) -> io::Result<bool> {
        match fs::read_to_string(self.data().join("postmaster.pid")) {
            Ok(status) => {
                let mut lines = status.lines().map(str::trim);
                let own = lines.next() == Some(&self.process()?.id().to_string());
                Ok(own && lines.nth(6) == Some("ready"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn process(&self) -> io::Result<&Child> {
        self.process.as_ref().ok_or_else(|| Error::other("the server isn't running"))
    }

    fn wait(&mut self) -> io::Result<ExitStatus> {
        let mut status = None;
        until("the server has ended", || {
            let process = self.process.as_mut();
            status = process.map(Child::try_wait).transpose()?.flatten();
            Ok(status.is_some())
        })?;
        self.process = None;
        status.ok_or_else(|| Error::other("the server isn't running"))
    }

    /// An error with what the server has said last.
    fn failed(&self, what: &str) -> Error {
        let mut said = String::new();
        let read = fs::File::open(self.log()).and_then(|mut log| log.read_to_string(&mut said));
        read.map_or_else(
            |error| Error::other(format!("{what}; its log: {error}")),
            |_| Error::other(format!("{what}; it said: {said}")),
        )
    }

    /// Ends it without care, if it runs.
    fn end(&mut self) {
        let Some(process) = &self.process else { return };
        let ended = signal("QUIT", &[process.id()]).and_then(|()| self.wait());
        if let (Err(_), Some(mut process)) = (ended, self.process.take()) {
            // Nobody can do more about it; if it has ended by itself, this fails too.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Looks until the condition holds.
fn until(what: &str, mut condition: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !condition()? {
        if Instant::now() > deadline {
            return Err(Error::new(io::ErrorKind::TimedOut, format!("it never came to this: {what}")));
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    Ok(())
}
