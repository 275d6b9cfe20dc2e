//! How long it takes to try all dead letters again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use events::BoxError;
use events::handler::HandlerRegistration;
use events::prelude::*;
use events::store::{LetterQuery, LetterStatus, OperationId, OperationState, RunPace};

use crate::support::{Meal, meal};
use crate::{Bench, COMMIT};

const LETTERS: usize = 10_000;
const BAR: Duration = Duration::from_secs(60);

/// What the handlers need, and whether it works.
#[derive(Default)]
struct Scales {
    broken: AtomicBool,
}

impl Scales {
    fn weigh(&self) -> Result<(), HandlerError> {
        if self.broken.load(Ordering::Relaxed) { Err(HandlerError::permanent("the scales are broken")) } else { Ok(()) }
    }
}

#[event_handler(durable(from = "start"))]
fn weigh(_: &Meal, State(scales): State<&Arc<Scales>>) -> Result<(), HandlerError> {
    scales.weigh()
}

#[event_handler]
fn weigh_at_once(_: &Meal, State(scales): State<&Arc<Scales>>) -> Result<(), HandlerError> {
    scales.weigh()
}

/// How the letters are tried again.
#[derive(Clone, Copy)]
enum Again {
    /// All are due at once.
    AtOnce,
    /// A run begins them.
    Run,
}

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    for (workload, handler, again) in [
        ("redrive-durable", handlers![weigh], Again::AtOnce),
        ("redrive-inline", handlers![weigh_at_once], Again::AtOnce),
        ("redrive-run-durable", handlers![weigh], Again::Run),
        ("redrive-run-inline", handlers![weigh_at_once], Again::Run),
    ] {
        if bench.wants(workload) {
            let took = bench.runtime.block_on(redrive(bench, workload, handler, again))?;
            println!("seconds {workload} {:.1} (bar {})", took.as_secs_f64(), BAR.as_secs());
        }
    }
    Ok(())
}

async fn redrive(
    bench: &Bench,
    workload: &str,
    handlers: impl IntoIterator<Item = &'static HandlerRegistration>,
    again: Again,
) -> Result<Duration, BoxError> {
    let scales = Arc::new(Scales { broken: AtomicBool::new(true) });
    let app = EventDispatcher::builder()
        .store(EventStore::sqlite(bench.file(&format!("{workload}.db"))).await?)
        .handlers(HandlerRegistry::only(handlers))
        .state(Arc::clone(&scales))
        .start()
        .await?;
    let began = Instant::now();
    for _ in 0..LETTERS / COMMIT {
        app.publish_batch((0..COMMIT).map(|_| meal(Uuid::now_v7())).collect::<Vec<_>>()).await?;
    }
    reach(&app, LetterStatus::Dead).await?;
    println!("seconds {workload}-failing {:.1}", began.elapsed().as_secs_f64());
    scales.broken.store(false, Ordering::Relaxed);
    let began = Instant::now();
    let dead = LetterQuery::new().status(LetterStatus::Dead);
    let why = Audit::by("bench").because("the scales work again");
    match again {
        Again::AtOnce => drop(app.dead_letters().redrive(dead, why).await?),
        Again::Run => {
            let run = app.dead_letters().start_run(dead, RunPace::new(), why).await?.ok_or("nothing is dead")?;
            end(&app, run.operation.id).await?;
        }
    }
    reach(&app, LetterStatus::Resolved).await?;
    let took = began.elapsed();
    app.shutdown().await?;
    Ok(took)
}

/// Looks now and then until all letters have that status.
async fn reach(app: &EventDispatcher, status: LetterStatus) -> Result<(), BoxError> {
    let all = u64::try_from(LETTERS)?;
    look_until(&format!("all letters are {status}"), async || {
        Ok(app.dead_letters().stats().await?.by_status.get(&status).copied() == Some(all))
    })
    .await
}

/// Looks now and then until the run has ended well.
async fn end(app: &EventDispatcher, run: OperationId) -> Result<(), BoxError> {
    look_until("the run is done", async || {
        let run = app.dead_letters().run(run).await?.ok_or("the run is gone")?;
        match run.operation.state {
            OperationState::Done => Ok(true),
            state if state.is_open() => Ok(false),
            state => Err(format!("the run is {state}: {:?}", run.operation.result).into()),
        }
    })
    .await
}

async fn look_until(what: &str, come: impl AsyncFn() -> Result<bool, BoxError>) -> Result<(), BoxError> {
    let mut look = tokio::time::interval(Duration::from_millis(100));
    let mut deadline = std::pin::pin!(tokio::time::sleep(BAR * 5));
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = &mut deadline => return Err(format!("waited {:?} in vain until {what}", BAR * 5).into()),
        }
        if come().await? {
            return Ok(());
        }
    }
}
