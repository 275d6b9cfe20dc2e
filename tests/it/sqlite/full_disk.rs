//! A disk that takes no more. A process that may write files of a certain size only finds it so: these
//! tests start this program once more, with such a limit and one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use events::prelude::*;
use events::store::{AppendError, SqliteBackend, SqliteOptions};

use super::{commit, file, open, raw, read};

/// Where the process with the limit finds the store.
const PLACE: &str = "EVENTS_FULL_DISK";

/// Some 500 KB, in the shell's blocks of 512 bytes. What is larger is an error then, and no signal.
const LIMITED: &str = r#"ulimit -f 1000; trap '' XFSZ; exec "$0" "$@""#;

/// Runs a test of this file in a process with the limit.
fn run_limited(test: &str, place: &Path) {
    let test = format!("sqlite::full_disk::{test}");
    let mut command = Command::new("sh");
    command.args(["-c", LIMITED]).arg(std::env::current_exe().unwrap());
    let output = command.args(["--exact", test.as_str()]).env(PLACE, place).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains(" 1 passed"), "{output:?}");
}

fn place() -> Option<PathBuf> {
    std::env::var_os(PLACE).map(PathBuf::from)
}

#[tokio::test]
async fn what_was_acknowledged_before_the_disk_was_full_is_there() {
    if let Some(path) = place() {
        let store = open(&path).await;
        let mut written = 0_u64;
        let error = loop {
            match store.append(commit(1, 7)).await {
                Ok(_) => written += 7,
                Err(error) => break error,
            }
            assert!(written < 100_000, "there is no limit");
        };
        assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
        assert_eq!(store.stats().await.unwrap().events, written);
        fs::write(path.with_extension("written"), written.to_string()).unwrap();
        // It ends without closing the store properly.
        return std::mem::forget(store);
    }
    let (path, _folder) = file();
    run_limited("what_was_acknowledged_before_the_disk_was_full_is_there", &path);
    let written: usize = fs::read_to_string(path.with_extension("written")).unwrap().parse().unwrap();
    let store = open(&path).await;
    assert!(written > 0);
    assert_eq!(read(&store, 1).await.unwrap().len(), written);
    store.append(commit(1, 500)).await.unwrap();
    assert_eq!(read(&store, 1).await.unwrap().len(), written + 500);
    assert_eq!(raw(&path).query_row("PRAGMA integrity_check", [], |row| row.get(0)), Ok("ok".to_owned()));
}

#[tokio::test]
async fn a_backup_that_does_not_fit_leaves_nothing() {
    if let Some(path) = place() {
        let store = EventStore::new(SqliteBackend::open(SqliteOptions::new(&path).read_only()).await.unwrap());
        let error = store.backup_to(path.with_file_name("backup.db")).await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        return;
    }
    let (path, folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 2_000)).await.unwrap();
    store.close().await.unwrap();
    run_limited("a_backup_that_does_not_fit_leaves_nothing", &path);
    for file in fs::read_dir(folder.path()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with("events.db"), "{name} is left behind");
    }
}
