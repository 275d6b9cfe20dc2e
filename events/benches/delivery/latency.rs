//! How soon a durable handler is called.

use std::sync::Arc;
use std::time::{Duration, Instant};

use events::BoxError;
use events::prelude::*;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::Bench;
use crate::support::{Meal, commit, meal};

const PUBLISHES: usize = 3_000;
/// The first are not counted.
const WARMING_UP: usize = 300;
const BAR: Duration = Duration::from_millis(1);

/// Says when the handler was called.
type Called = Arc<UnboundedSender<Instant>>;

#[event_handler(durable(from = "start"))]
fn notice(_: &Meal, State(called): State<&Called>) -> Result<(), BoxError> {
    Ok(called.send(Instant::now())?)
}

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    if !bench.wants("latency") {
        return Ok(());
    }
    let (mut calls, mut appends) = bench.runtime.block_on(measure(bench))?;
    let append = percentile(&mut appends, 50);
    for percent in [50, 99] {
        let call = percentile(&mut calls, percent);
        let beyond = call.saturating_sub(append);
        println!(
            "micros latency-p{percent} {} beyond an append's {} (bar {} for p50)",
            beyond.as_micros(),
            append.as_micros(),
            BAR.as_micros()
        );
    }
    Ok(())
}

/// The times from a publish to the call, and those of bare appends.
async fn measure(bench: &Bench) -> Result<(Vec<Duration>, Vec<Duration>), BoxError> {
    let (sender, mut called) = mpsc::unbounded_channel();
    let bare = EventStore::sqlite(bench.file("bare.db")).await?;
    let app = EventDispatcher::builder()
        .store(EventStore::sqlite(bench.file("latency.db")).await?)
        .handlers(HandlerRegistry::only(handlers![notice]))
        .state(Called::new(sender))
        .start()
        .await?;
    let users: Vec<_> = (0..100).map(|_| Uuid::now_v7()).collect();
    let (mut calls, mut appends) = (Vec::new(), Vec::new());
    for user in users.iter().cycle().take(PUBLISHES) {
        let began = Instant::now();
        app.publish(meal(*user)).await?;
        calls.push(called.recv().await.ok_or("the handler is gone")?.duration_since(began));
        let began = Instant::now();
        bare.append(commit(*user, 1)?).await?;
        appends.push(began.elapsed());
    }
    app.shutdown().await?;
    Ok((calls.split_off(WARMING_UP), appends.split_off(WARMING_UP)))
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}
