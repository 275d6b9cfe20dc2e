//! The child: writers that append until they are killed, and say what was acknowledged.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use events::EventStore;
use events::store::{Append, AppendError, Appended, ExpectedVersion};
use tokio::task::JoinSet;

use crate::plan::{Belief, Draft, Key, Sending};
use crate::report::{Line, say};

/// What a child is told.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    pub(crate) seed: u64,
    pub(crate) round: u64,
    pub(crate) writers: u64,
    /// Commits of the round before of which nobody knows whether they were written: they are sent again.
    pub(crate) again: Vec<Key>,
    pub(crate) honesty: Honesty,
}

/// When a commit is said to be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Honesty {
    /// When the store has said so.
    Honest,
    /// Before the store is asked: a lie that the check has to find out.
    Early,
}

/// Writes for ever; ends only with an error.
pub(crate) async fn write(store: EventStore, orders: Orders) -> Result<()> {
    say(&Line::Ready)?;
    let mut writers = JoinSet::new();
    for writer in 0..orders.writers {
        writers.spawn(one_writer(store.clone(), orders.clone(), writer));
    }
    while let Some(ended) = writers.join_next().await {
        ended.context("a writer has panicked")??;
    }
    Ok(())
}

async fn one_writer(store: EventStore, orders: Orders, writer: u64) -> Result<()> {
    let again = orders.again.into_iter().filter(|key| key.writer % orders.writers == writer);
    let new = (0..).map(|number| Key { round: orders.round, writer, number });
    for key in again.chain(new) {
        let draft = Draft::new(orders.seed, key);
        say(&Line::Try(key))?;
        if orders.honesty == Honesty::Early {
            say(&Line::Early(key))?;
        }
        let send = || send(&store, key, &draft, orders.honesty);
        match draft.sending {
            Sending::Once => send().await?,
            Sending::Again => {
                send().await?;
                send().await?;
            }
            Sending::Twice => {
                let (first, second) = tokio::join!(send(), send());
                first.and(second)?;
            }
        }
    }
    Ok(())
}

/// Sends a commit until it is acknowledged. After a failure of the store nobody knows whether it was written.
async fn send(store: &EventStore, key: Key, draft: &Draft, honesty: Honesty) -> Result<()> {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    loop {
        match append(store, draft).await {
            Ok(appended) => {
                if honesty == Honesty::Honest {
                    say(&Line::answer(key, &appended))?;
                }
                return Ok(());
            }
            // Somebody else was faster, which can't be where the streams are new.
            Err(AppendError::Conflict { .. }) if draft.belief == Belief::Current => {}
            Err(AppendError::Store(error)) if error.is_unavailable() || error.is_timeout() => {
                say(&Line::Failed(key, error.to_string()))?;
                pace.tick().await;
            }
            Err(error) => {
                say(&Line::Wrong(key, error.to_string()))?;
                bail!(error);
            }
        }
    }
}

async fn append(store: &EventStore, draft: &Draft) -> Result<Appended, AppendError> {
    let mut commit = draft.encode().map_err(AppendError::Encode)?.into_iter().fold(Append::new(), Append::event);
    for stream in draft.streams() {
        let expected = match draft.belief {
            Belief::None => ExpectedVersion::Any,
            Belief::New => ExpectedVersion::NoStream,
            Belief::Current => ExpectedVersion::Exact(store.stream_version(&stream).await?),
        };
        commit = commit.expect(stream, expected);
    }
    store.append(commit).await
}
