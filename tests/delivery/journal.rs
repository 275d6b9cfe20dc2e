//! What handlers have done, in the order in which it happened: a line in a file for each call.
//!
//! All workers add to the same file, so that its order is theirs. A line is written before its
//! call ends, so a checkpoint never passes an event that has none.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};

/// The file, for those who add to it.
#[derive(Debug, Clone)]
pub(crate) struct Journal(Arc<File>);

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) handler: String,
    pub(crate) page: u64,
    pub(crate) number: u64,
}

impl Journal {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        Ok(Self(Arc::new(OpenOptions::new().create(true).append(true).open(path(folder))?)))
    }

    /// Adds a line with one write, which comes to its end or wasn't begun, whoever is killed.
    pub(crate) fn add(&self, handler: &str, page: u64, number: u64) -> Result<(), std::io::Error> {
        (&*self.0).write_all(format!("{handler} {page} {number}\n").as_bytes())
    }
}

/// All that was added.
pub(crate) fn read(folder: &Path) -> Result<Vec<Entry>> {
    let text = fs::read_to_string(path(folder)).context("the journal")?;
    text.lines().map(parse).collect()
}

fn path(folder: &Path) -> PathBuf {
    folder.join("journal")
}

fn parse(line: &str) -> Result<Entry> {
    let mut words = line.split(' ');
    let mut word = || words.next().with_context(|| format!("no line of a journal: {line}"));
    Ok(Entry { handler: word()?.to_owned(), page: word()?.parse()?, number: word()?.parse()? })
}
