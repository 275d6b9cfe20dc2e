//! The child that writes events until it is killed.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use events::EventStore;
use events::event::{Context, EventMetadata};
use events::prelude::*;
use events::store::{Append, AppendError, ExpectedVersion, NewEvent};
use tokio::task::JoinSet;

use crate::handlers::Noted;

/// How many streams there are; each has a task that writes it.
pub(crate) const PAGES: u64 = 12;
/// How long each waits between its commits.
const PACE: Duration = Duration::from_millis(400);
/// How many events the commits have, one after the other.
const SIZES: [u64; 4] = [1, 3, 1, 20];

/// Writes for ever; ends only with an error.
#[expect(clippy::print_stdout, reason = "it tells the parent")]
pub(crate) async fn publish(store: EventStore) -> Result<()> {
    println!("ready");
    let mut writers = JoinSet::new();
    for page in 0..PAGES {
        writers.spawn(fill(store.clone(), page));
    }
    while let Some(ended) = writers.join_next().await {
        ended.context("a writer has panicked")??;
    }
    Ok(())
}

async fn fill(store: EventStore, page: u64) -> Result<()> {
    let mut pace = tokio::time::interval(PACE);
    let stream = StreamId::new("delivery.page", &page);
    for size in SIZES.into_iter().cycle() {
        pace.tick().await;
        // A commit of a publisher that was killed may come late.
        let last = store.stream_version(&stream).await?;
        let numbers = last.value() + 1..=last.value() + size;
        let events = numbers.map(|number| Noted { page, number });
        let encode = |event: Noted| NewEvent::new(&event, EventMetadata::new(&event, &Context::new()));
        let events = events.map(encode).collect::<Result<Vec<_>, _>>()?;
        let commit = events.into_iter().fold(Append::new(), Append::event);
        match store.append(commit.expect(stream.clone(), ExpectedVersion::Exact(last))).await {
            Ok(_) | Err(AppendError::Conflict { .. }) => {}
            Err(AppendError::Store(error)) if error.is_unavailable() || error.is_timeout() => {}
            Err(error) => bail!(error),
        }
    }
    Ok(())
}
