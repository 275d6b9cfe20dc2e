//! A child process that is meant to be killed: this program again, in another part.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child as Process, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A child and what it prints. Dropped, it is killed.
#[derive(Debug)]
pub struct Child {
    process: Process,
    lines: Receiver<String>,
}

/// What comes of waiting for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A line, without its end.
    Line(String),
    /// Nothing so far.
    Silence,
    /// The child has closed its output.
    End,
}

impl Child {
    /// Starts this program once more, with other arguments.
    ///
    /// # Errors
    /// If the program isn't found or can't be started.
    pub fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> io::Result<Self> {
        Self::start_program(std::env::current_exe()?, arguments)
    }

    /// Starts a program.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start_program<S: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = S>,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let (sender, lines) = mpsc::channel();
        if let Some(output) = process.stdout.take() {
            thread::spawn(move || read_lines(output, |line| sender.send(line).is_ok()));
        }
        Ok(Self { process, lines })
    }

    /// Waits for the next line.
    #[must_use]
    pub fn hear(&self, wait: Duration) -> Heard {
        match self.lines.recv_timeout(wait) {
            Ok(line) => Heard::Line(line),
            Err(RecvTimeoutError::Timeout) => Heard::Silence,
            Err(RecvTimeoutError::Disconnected) => Heard::End,
        }
    }

    /// Stops it with SIGSTOP: it lives, and does nothing.
    ///
    /// # Errors
    /// If the signal can't be sent.
    pub fn stop(&self) -> io::Result<()> {
        signal("STOP", &[self.process.id()])
    }

    /// Lets it go on after a stop.
    ///
    /// # Errors
    /// If the signal can't be sent.
    pub fn go_on(&self) -> io::Result<()> {
        signal("CONT", &[self.process.id()])
    }

    /// Kills it with SIGKILL, and answers with all that it had printed by then and nobody has heard.
    ///
    /// # Errors
    /// If it can't be killed, or waited for.
    pub fn kill(mut self) -> io::Result<Vec<String>> {
        self.process.kill()?;
        self.process.wait()?;
        // The pipe is closed, so this ends.
        Ok(self.lines.iter().collect())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let killed = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = killed {
            tracing::error!(%error, "a child process is left behind");
        }
    }
}

/// Ends this process when the one that has started it is gone: its end of the pipe closes.
pub fn end_with_the_parent() {
    thread::spawn(|| {
        let mut nothing = [0; 1];
        while let Ok(1..) = io::stdin().read(&mut nothing) {}
        std::process::exit(0);
    });
}

/// Sends a signal to processes that this one has started.
///
/// # Errors
/// If one of them can't be reached.
pub fn signal(name: &str, processes: &[u32]) -> io::Result<()> {
    let mut kill = Command::new("kill");
    let sent = kill.arg(format!("-{name}")).args(processes.iter().map(u32::to_string)).output()?;
    if sent.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&sent.stderr).into_owned()))
    }
}

/// Hands over whole lines. What a killed process had begun to print is no line.
fn read_lines(output: ChildStdout, mut hand_over: impl FnMut(String) -> bool) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    loop {
        line.clear();
        match output.read_line(&mut line) {
            Ok(1..) if line.ends_with('\n') => {
                if !hand_over(line.trim_end().to_owned()) {
                    return;
                }
            }
            _ => return,
        }
    }
}
