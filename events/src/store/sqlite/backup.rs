//! A copy of the database, made while it is used.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::store_error;
use crate::error::{Error, ErrorKind};
use crate::id::EventId;

/// Writes all that the connection sees now of its database `main` to a file of that name, which isn't
/// there before.
///
/// It is written under another name in the same folder first, and reaches the disk before it gets
/// its own.
pub(super) fn write(connection: &Connection, to: &Path) -> Result<(), Error> {
    copy("VACUUM main INTO ?1", connection, to)
}

/// The same of a database in memory. SQLite makes the file where the connection's own database is, so
/// that it has to be another connection.
pub(super) fn write_memory(connection: &Connection, to: &Path) -> Result<(), Error> {
    copy("VACUUM memory INTO ?1", connection, to)
}

fn copy(vacuum: &str, connection: &Connection, to: &Path) -> Result<(), Error> {
    let (Some(folder), Some(name)) = (to.parent(), to.file_name()) else {
        return Err(Error::new(ErrorKind::Invalid, "the backup's path names no file"));
    };
    // What is there is told before the work is done; in the end it is made sure of.
    if fs::symlink_metadata(to).is_ok() {
        return Err(io_error(io::ErrorKind::AlreadyExists.into()));
    }
    let mut partial = name.to_owned();
    partial.push(format!(".{}.partial", EventId::now()));
    let partial = Partial::create(folder.join(partial)).map_err(io_error)?;
    let text = partial.0.to_str();
    let text = text.ok_or_else(|| Error::new(ErrorKind::Invalid, "the backup's path isn't UTF-8"))?;
    connection.execute(vacuum, [text]).map_err(store_error)?;
    partial.finish(to).and_then(|()| sync_folder(folder)).map_err(io_error)
}

/// A file that isn't finished; it is removed with this.
struct Partial(PathBuf);

impl Partial {
    fn create(path: PathBuf) -> io::Result<Self> {
        File::create_new(&path).map(|_| Self(path))
    }

    fn finish(&self, to: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(&self.0)?.sync_all()?;
        match fs::hard_link(&self.0, to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                // The file system has no second names. An empty file takes the name, if it is free, and
                // gives way.
                File::create_new(to)?;
                fs::rename(&self.0, to)
            }
            done => done,
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, file = %self.0.display(), "a part of a backup is left behind");
            }
            _ => {}
        }
    }
}

/// That the file has its name reaches the disk too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn io_error(error: io::Error) -> Error {
    let (kind, message) = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            (ErrorKind::Conflict, "there is something of the backup's name, and it is not overwritten: give it another")
        }
        io::ErrorKind::NotFound => (ErrorKind::NotFound, "the backup's folder isn't there"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (ErrorKind::Unavailable, "the disk is full"),
        _ => (ErrorKind::Unavailable, "the backup can't be written"),
    };
    Error::new(kind, message).with_source(error)
}
