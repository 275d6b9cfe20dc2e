//! A file that SQLite can read only as one that nobody changes.
//!
//! Beside a file with a log of changes SQLite keeps two more, also to read it. Where it can't make
//! them, in a folder or on a disk that is read-only, it reads a file without such a log if it is told
//! that nobody changes it. Here that isn't believed but looked at, before and after everything that
//! is read: who writes begins with a log of changes, and leaves another time on the file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::wal;
use crate::error::{Error, ErrorKind};

/// A file as it was when it was opened.
pub(super) struct Frozen {
    path: PathBuf,
    log: PathBuf,
    length: u64,
    modified: SystemTime,
}

impl Frozen {
    /// None if there is a log of changes, so that the file alone doesn't have everything.
    pub(super) fn look(path: &Path) -> io::Result<Option<Self>> {
        let log = wal::path(path);
        let file = fs::metadata(path)?;
        let frozen = Self { path: path.to_owned(), log, length: file.len(), modified: file.modified()? };
        Ok(if frozen.has_log()? { None } else { Some(frozen) })
    }

    /// Fails if somebody has written since.
    pub(super) fn check(&self) -> Result<(), Error> {
        let same = fs::metadata(&self.path).and_then(|file| {
            let same = file.len() == self.length && file.modified()? == self.modified;
            Ok(same && !self.has_log()?)
        });
        let changed = Error::new(
            ErrorKind::Unavailable,
            "the file was changed, which can't be followed where SQLite may make no files beside it: open it again",
        );
        match same {
            Ok(true) => Ok(()),
            Ok(false) => Err(changed),
            Err(error) => Err(changed.with_source(error)),
        }
    }

    /// The file for SQLite, with the word that nobody changes it.
    pub(super) fn uri(&self) -> Option<String> {
        let path = self.path.to_str()?;
        let mut uri = "file:".to_owned();
        for character in path.chars() {
            match character {
                '%' => uri.push_str("%25"),
                '?' => uri.push_str("%3f"),
                '#' => uri.push_str("%23"),
                other => uri.push(other),
            }
        }
        uri.push_str("?immutable=1");
        Some(uri)
    }

    fn has_log(&self) -> io::Result<bool> {
        match fs::metadata(&self.log) {
            Ok(log) => Ok(log.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
