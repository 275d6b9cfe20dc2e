//! Servers that are killed, stopped and started again under the feet of a program.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use events::Version;
use events::prelude::*;
use events::store::ExpectedVersion;
use events_tests::postgres::{Scratch, private_server};

use super::stores::{Noted, commit, open, stream, versions};
use crate::support::{Journal, eventually};

const WRITERS: usize = 8;
const COMMITS: u64 = 40;

/// Those who are patient notice nothing: no commit fails, none is there twice, none is missing.
#[tokio::test(flavor = "multi_thread")]
async fn appends_outlast_a_crash_and_a_restart_of_the_server() {
    let Some(mut server) = private_server().get() else { return };
    let scratch = Scratch::at(server.url());
    let store = open(scratch.options().unwrap().with_patience(Duration::from_secs(60))).await.unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let writers = (0..WRITERS).map(|writer| {
        let (store, done) = (store.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let note = format!("n{writer}");
            for number in 0..COMMITS {
                // A first attempt that was written, and isn't recognised, would be a conflict.
                let commit = commit(&note, 2).expect(stream(&note), ExpectedVersion::Exact(Version::new(2 * number)));
                store.append(commit).await.unwrap();
                done.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    eventually("some are written", async || done.load(Ordering::SeqCst) >= WRITERS).await;
    server.kill().unwrap();
    server.resume().unwrap();
    let before = done.load(Ordering::SeqCst);
    eventually("it goes on", async || done.load(Ordering::SeqCst) >= before + WRITERS).await;
    server.stop().unwrap();
    server.resume().unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    for writer in 0..WRITERS {
        assert_eq!(versions(&store, &format!("n{writer}")).await, (1..=2 * COMMITS).collect::<Vec<_>>());
    }
}

#[event_handler(durable(from = "start"), name = "postgres.follow")]
fn follow(event: &Noted, State(journal): State<&Journal>) {
    journal.note(event.note.as_str());
}

/// It connects again by itself, and nobody has to do anything about it.
#[tokio::test(flavor = "multi_thread")]
async fn durable_handlers_go_on_when_the_server_is_back() {
    let Some(mut server) = private_server().get() else { return };
    let scratch = Scratch::at(server.url());
    let store = open(scratch.options().unwrap().with_patience(Duration::from_secs(60))).await.unwrap();
    let journal = Journal::default();
    let builder = EventDispatcher::builder().store(store.clone()).handlers(HandlerRegistry::only(handlers![follow]));
    let app = builder.state(journal.clone()).start().await.unwrap();
    let mut expected = Vec::new();
    for round in 1..=2 {
        let note = format!("round {round}");
        app.publish(Noted { note: note.clone(), text: String::new() }).await.unwrap();
        expected.push(note);
        eventually("it is handled", async || journal.lines().last() == expected.last()).await;
        server.kill().unwrap();
        assert!(store.stats().await.unwrap_err().is_unavailable());
        server.resume().unwrap();
    }
    let receipt = app.publish(Noted { note: "at last".to_owned(), text: String::new() }).await.unwrap();
    expected.push("at last".to_owned());
    app.settled(&receipt).await.unwrap();
    // A checkpoint that was lost with the server has its event handled again: in order all the same.
    let mut lines = journal.lines();
    lines.dedup();
    assert_eq!(lines, expected);
    app.shutdown().await.unwrap();
}
