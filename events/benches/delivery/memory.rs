//! How much memory it takes to catch up with a long log.

use std::path::{Path, PathBuf};
use std::process::Command;

use events::BoxError;
use events::prelude::*;

use crate::catch_up::follow;
use crate::{Bench, fill, process};

const EVENTS: usize = 1_000_000;
/// In MiB.
const BAR: u64 = 64;
/// The process that catches up is told its file by this.
const CHILD: &str = "--catch-up-with=";

/// Has another process catch up, whose memory has held nothing else.
pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    if !bench.wants("memory") {
        return Ok(());
    }
    let file = bench.file("million.db");
    bench.runtime.block_on(async {
        let store = EventStore::sqlite(&file).await?;
        fill(&store, EVENTS).await?;
        store.close().await.map_err(BoxError::from)
    })?;
    let argument = format!("{CHILD}{}", file.display());
    let status = Command::new(std::env::current_exe()?).arg(argument).status()?;
    if status.success() { Ok(()) } else { Err("the process that was to catch up has failed".into()) }
}

/// The file to catch up with, in the other process.
pub(crate) fn child() -> Option<PathBuf> {
    std::env::args().find_map(|argument| argument.strip_prefix(CHILD).map(PathBuf::from))
}

pub(crate) fn run_child(bench: &Bench, file: &Path) -> Result<(), BoxError> {
    let store = bench.runtime.block_on(EventStore::sqlite(file))?;
    let before = process::memory("VmRSS")?;
    bench.runtime.block_on(follow(&store, EVENTS))?;
    let most = process::memory("VmHWM")?;
    let grown = most.saturating_sub(before) / 1024;
    println!("mib memory-million-events {grown} more than the {} before (bar {BAR})", before / 1024);
    Ok(())
}
