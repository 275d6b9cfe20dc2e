//! PostgreSQL's own programs, run as somebody whom the server accepts.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Error};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian and its kin keep a folder per version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Whom the server runs as when the tests run as root, which it refuses.
const USER: &str = "postgres";

/// A folder with `initdb` and `postgres`: the newest version of the machine, or what is in `PATH`.
pub(super) fn folder() -> io::Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = Vec::new();
    for version in fs::read_dir(VERSIONS).into_iter().flatten() {
        let version = version?;
        let number = version.file_name().to_str().and_then(|name| name.parse().ok());
        versions.extend(number.map(|number| (number, version.path().join("bin"))));
    }
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = versions.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    let mut having = folders.filter(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file()));
    having.next().ok_or_else(|| Error::new(io::ErrorKind::NotFound, "no `initdb` and `postgres` on this machine"))
}

/// Who runs the server.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    folder: PathBuf,
    is_root: bool,
}

impl Programs {
    /// Finds the programs. Whoever owns `folder` is who runs the tests.
    pub(super) fn find(scratch: &Path) -> io::Result<Self> {
        Ok(Self { folder: folder()?, is_root: fs::metadata(scratch)?.uid() == 0 })
    }

    /// One of PostgreSQL's programs, to be run as the server's user. The process that is started is
    /// the program's own: it can be ended by its id.
    pub(super) fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        if !self.is_root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        let users = ["--reuid", "--regid"].map(|option| OsString::from(format!("{option}={USER}")));
        command.args(users).arg("--clear-groups").arg("--").arg(program);
        command
    }

    /// Gives a folder to the server's user.
    pub(super) fn hand_over(&self, folder: &Path) -> io::Result<()> {
        if !self.is_root {
            return Ok(());
        }
        chown(folder, Some(id_of("-u")?), Some(id_of("-g")?))
    }
}

fn id_of(option: &str) -> io::Result<u32> {
    let id = output(Command::new("id").arg(option).arg(USER))?;
    id.trim().parse().map_err(|_| Error::other(format!("`id {option} {USER}` has answered `{id}`")))
}

/// Runs a program to its end, and answers what it has printed.
pub(super) fn output(command: &mut Command) -> io::Result<String> {
    let output = command.output().map_err(|error| Error::new(error.kind(), format!("{command:?}: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::other(format!("{command:?} has failed, {}: {said}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
