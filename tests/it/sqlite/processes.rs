//! Several processes on one file. The others are those that the program `crash` kills.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use events::prelude::*;
use events::store::EventFilter;
use events_tests::child::{Child, Heard};
use serde::{Deserialize, Serialize};

use super::{commit, file, open};
use crate::support::eventually;

/// What the other processes write.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "crash_written", aggregate = "crash_stream")]
struct Written {
    #[event(id)]
    stream: u64,
}

#[derive(Clone, Default)]
struct Seen(Arc<AtomicU64>);

#[event_handler(durable(from = "start"))]
fn see_what_others_write(_: &Written, State(seen): State<&Seen>) {
    seen.0.fetch_add(1, Ordering::SeqCst);
}

/// A process that writes without a pause until it is killed.
fn writer(path: &Path, number: u64) -> Child {
    let place = format!("--child={}", path.display());
    let (seed, round) = ("--seed=1".to_owned(), format!("--round={number}"));
    let arguments = ["sqlite".to_owned(), place, seed, round, "--writers=8".to_owned()];
    Child::start_program(env!("CARGO_BIN_EXE_crash"), arguments).unwrap()
}

/// Hears what there is to hear, and counts the commits.
fn count(child: &Child, commits: &mut u64) {
    let mut wait = Duration::from_millis(1);
    while let Heard::Line(line) = child.hear(wait) {
        assert!(!line.starts_with("failed") && !line.starts_with("wrong"), "{line}");
        *commits += u64::from(line.starts_with("committed"));
        wait = Duration::ZERO;
    }
}

/// Each would have the lock nearly all the time, and keeps nobody from it.
#[test]
fn nobody_starves_while_others_write_without_a_pause() {
    let (path, _folder) = file();
    let children: Vec<_> = (1..=3).map(|number| writer(&path, number)).collect();
    let mut commits = [0; 3];
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut when_all_write = None;
    loop {
        children.iter().zip(&mut commits).for_each(|(child, commits)| count(child, commits));
        assert!(Instant::now() < deadline, "somebody starves: {commits:?}");
        if commits.iter().all(|commits| *commits > 0) {
            let before = *when_all_write.get_or_insert(commits);
            let done: Vec<u64> = commits.iter().zip(before).map(|(now, then)| now - then).collect();
            if done.iter().all(|done| *done >= 200) {
                let most = done.iter().max().copied().unwrap_or_default();
                assert!(most < 10_000, "the others had all the time: {done:?}");
                break;
            }
        }
    }
    for child in children {
        child.kill().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_follows_what_another_process_writes() {
    let (path, _folder) = file();
    let (store, seen) = (open(&path).await, Seen::default());
    let registry = HandlerRegistry::only(handlers![see_what_others_write]);
    let app = EventDispatcher::builder().store(store.clone()).state(seen.clone()).handlers(registry);
    let app = app.start().await.unwrap();
    let child = writer(&path, 1);
    eventually("the other's events are handled", async || seen.0.load(Ordering::SeqCst) > 100).await;
    // Both write: a commit of this process isn't held up for long.
    for _ in 0..20 {
        store.append(commit(1, 1)).await.unwrap();
    }
    child.kill().unwrap();
    let written = store.count(EventFilter::new().name("crash_written")).await.unwrap();
    eventually("all of them are", async || seen.0.load(Ordering::SeqCst) == written).await;
    app.shutdown().await.unwrap();
}
