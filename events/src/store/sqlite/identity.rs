//! Whether the file is still the one that was opened.
//!
//! SQLite writes on happily after its file, or the log of changes beside it, was deleted or replaced,
//! and what it acknowledges then is lost. So the writer looks before each transaction; a look costs
//! about a microsecond, if it asks for nothing but what it needs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{SqliteOptions, wal};
use crate::error::{Error, ErrorKind};

/// The files that were opened, the database and its log of changes; none for a database in memory.
pub(super) struct Identity(Vec<(PathBuf, FileId)>);

/// Device and number of a file, where the system has them.
type FileId = Option<(u64, u64)>;

/// What a look at a file tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    id: FileId,
    pub(super) length: u64,
}

impl Identity {
    /// The database alone: of who only reads, the log of changes is the others' affair.
    pub(super) fn of(options: &SqliteOptions) -> Result<Self, Error> {
        let looked = options.path().map(|path| look(path).map(|file| (path.to_owned(), file.id))).transpose();
        let found = looked.map_err(|error| gone(Some(Arc::new(error))))?;
        Ok(Self(found.into_iter().collect()))
    }

    /// The database and its log, which is there as long as the connection that writes is open.
    pub(super) fn with_log(options: &SqliteOptions) -> Result<Self, Error> {
        let mut files = Self::of(options)?;
        if let Some(log) = options.path().map(wal::path) {
            let file = look(&log).map_err(|error| gone(Some(Arc::new(error))))?;
            files.0.push((log, file.id));
        }
        Ok(files)
    }

    /// Fails if a file is gone or another one.
    pub(super) fn check(&self) -> Result<(), Missing> {
        for (path, id) in &self.0 {
            match look(path) {
                Ok(found) if found.id == *id => {}
                Ok(_) => return Err(Missing(None)),
                Err(error) => return Err(Missing(Some(Arc::new(error)))),
            }
        }
        Ok(())
    }
}

/// The file isn't there any more.
pub(super) struct Missing(Option<Arc<io::Error>>);

impl Missing {
    /// The error, for each of several callers.
    pub(super) fn error(&self) -> Error {
        gone(self.0.clone())
    }
}

fn gone(source: Option<Arc<io::Error>>) -> Error {
    let error = Error::new(ErrorKind::Unavailable, "the database's file was removed or replaced");
    match source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

/// What is asked of a file, and nothing more. The files that are looked at here are written all the
/// time: Linux keeps the times of a file coarse until somebody asks for them, and after that notes the
/// next write's to the nanosecond, which the next sync has to write out too. A commit of one event
/// takes a third longer then.
#[cfg(target_os = "linux")]
pub(super) fn look(path: &Path) -> io::Result<File> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
    match statx(CWD, path, AtFlags::empty(), StatxFlags::INO | StatxFlags::SIZE) {
        Ok(file) => {
            let device = makedev(file.stx_dev_major, file.stx_dev_minor);
            Ok(File { id: Some((device, file.stx_ino)), length: file.stx_size })
        }
        // An old kernel, or a sandbox that doesn't know the call.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => look_closely(path),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn look(path: &Path) -> io::Result<File> {
    look_closely(path)
}

#[cfg(unix)]
fn look_closely(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map(|file| File { id: Some((file.dev(), file.ino())), length: file.len() })
}

#[cfg(not(unix))]
fn look_closely(path: &Path) -> io::Result<File> {
    std::fs::metadata(path).map(|file| File { id: None, length: file.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_says_what_a_close_one_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert_eq!(look(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::write(&path, "four").unwrap();
        assert_eq!(look(&path).unwrap(), look_closely(&path).unwrap());
        assert_eq!(look(&path).unwrap().length, 4);
        assert_ne!(look(&path).unwrap().id, look(folder.path()).unwrap().id);
    }
}
