//! How long a publish on a bus takes, against a hand-written floor measured in the same run.
//!
//! `cargo bench -p events --bench publish [-- WORKLOAD]` prints one line `ratio WORKLOAD VALUE` per workload: our
//! time divided by the floor's, the median over rounds in which the two take turns.
//!
//! - `sync-N`: an `EventBus` with N registered handlers, each taking the event and the metadata. The
//!   floor is a loop over N boxed closures of the same shape, with naive metadata: `Uuid::now_v7()`
//!   and two reads of the clock.
//! - `async-N`: an `AsyncEventBus` with N registered async handlers that are ready at once. The
//!   floor awaits N boxed futures in turn, with the same naive metadata. Both sides make the event
//!   anew for each publish, since the bus takes it by value.
//! - `async-bare-N`: the same, but the floor's metadata is made by our own `EventMetadata::new`: what
//!   is left is what the calls themselves cost, panics caught, causes set, time limits armed.

#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::time::Instant;

use chrono::{DateTime, Utc};
use events::prelude::*;
use serde::{Deserialize, Serialize};

const ROUNDS: usize = 31;
const PUBLISHES: u32 = 40_000;

#[derive(Clone, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "meter")]
struct Measured {
    #[event(id)]
    meter: Uuid,
    value: u64,
}

/// What a program without the framework would note about an event.
struct Naive {
    id: Uuid,
    occurred_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
}

impl Naive {
    fn new() -> Self {
        Self { id: Uuid::now_v7(), occurred_at: Utc::now(), recorded_at: Utc::now() }
    }
}

/// Either side's metadata.
trait Metadata: Sync + 'static {
    fn of(event: &Measured) -> Self;
    fn id(&self) -> Uuid;
}

impl Metadata for Naive {
    fn of(_: &Measured) -> Self {
        Self::new()
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Metadata for EventMetadata {
    fn of(event: &Measured) -> Self {
        Self::new(event, &Context::new())
    }

    fn id(&self) -> Uuid {
        self.event_id().as_uuid()
    }
}

/// Handlers and closures of all kinds, each a piece of code of its own.
macro_rules! workloads {
    ($($name:ident $waiting:ident $number:literal)*) => {
        $(
            #[event_handler]
            fn $name(event: &Measured, metadata: &EventMetadata) {
                black_box((event.value + $number, metadata.event_id()));
            }

            #[event_handler]
            async fn $waiting(event: &Measured, metadata: &EventMetadata) {
                black_box((event.value + $number, metadata.event_id()));
            }
        )*

        fn sync_registry(count: usize) -> HandlerRegistry {
            HandlerRegistry::only(handlers![$($name),*].into_iter().take(count))
        }

        fn async_registry(count: usize) -> HandlerRegistry {
            HandlerRegistry::only(handlers![$($waiting),*].into_iter().take(count))
        }

        fn sync_closures(count: usize) -> Vec<Closure> {
            let all: [Closure; 16] = [$(Box::new(|event, metadata| {
                black_box((event.value + $number, metadata.id));
                Ok(())
            })),*];
            all.into_iter().take(count).collect()
        }

        fn async_closures<M: Metadata>(count: usize) -> Vec<AsyncClosure<M>> {
            let all: [AsyncClosure<M>; 16] = [$(Box::new(|event, metadata| {
                Box::pin(async move {
                    black_box((event.value + $number, metadata.id()));
                    Ok(())
                })
            })),*];
            all.into_iter().take(count).collect()
        }
    };
}

workloads! {
    s01 a01 1 s02 a02 2 s03 a03 3 s04 a04 4 s05 a05 5 s06 a06 6 s07 a07 7 s08 a08 8
    s09 a09 9 s10 a10 10 s11 a11 11 s12 a12 12 s13 a13 13 s14 a14 14 s15 a15 15 s16 a16 16
}

type Result = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;
type Closure = Box<dyn Fn(&Measured, &Naive) -> Result + Send + Sync>;
type Futures<'a> = Pin<Box<dyn Future<Output = Result> + Send + 'a>>;
type AsyncClosure<M> = Box<dyn for<'a> Fn(&'a Measured, &'a M) -> Futures<'a> + Send + Sync>;

fn main() -> Result {
    for count in [1, 4, 16] {
        let bus = EventBus::builder().handlers(sync_registry(count)).build()?;
        let closures: Vec<Closure> = sync_closures(count);
        let event = Measured { meter: Uuid::now_v7(), value: 7 };
        let ours = || assert_eq!(bus.publish(black_box(&event)).handled(), count);
        let floor = || sync_floor(&closures, black_box(&event));
        report(&format!("sync-{count}"), |first| if first { time(ours) } else { time(floor) });
    }
    for count in [1, 4, 16] {
        measure_async::<Naive>(&format!("async-{count}"), count)?;
    }
    for count in [1, 4, 16] {
        measure_async::<EventMetadata>(&format!("async-bare-{count}"), count)?;
    }
    Ok(())
}

fn measure_async<M: Metadata>(workload: &str, count: usize) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let bus = AsyncEventBus::builder().handlers(async_registry(count)).build()?;
    let closures: Vec<AsyncClosure<M>> = async_closures(count);
    let event = Measured { meter: Uuid::now_v7(), value: 7 };
    report(workload, |first| {
        runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..PUBLISHES {
                if first {
                    assert_eq!(bus.publish(black_box(&event).clone()).await.handled(), count);
                } else {
                    async_floor(&closures, black_box(&event).clone()).await;
                }
            }
            started.elapsed().as_secs_f64()
        })
    });
    Ok(())
}

fn sync_floor(closures: &[Closure], event: &Measured) {
    let metadata = Naive::new();
    let handled = closures.iter().filter(|closure| closure(event, &metadata).is_ok()).count();
    assert_eq!(handled, closures.len());
    black_box((metadata.occurred_at, metadata.recorded_at));
}

async fn async_floor<M: Metadata>(closures: &[AsyncClosure<M>], event: Measured) {
    let metadata = M::of(&event);
    let mut handled = 0;
    for closure in closures {
        handled += usize::from(closure(&event, &metadata).await.is_ok());
    }
    assert_eq!(handled, closures.len());
}

fn time(publish: impl Fn()) -> f64 {
    let started = Instant::now();
    for _ in 0..PUBLISHES {
        publish();
    }
    started.elapsed().as_secs_f64()
}

/// Runs both sides in turn, and prints the median of the rounds' ratios. The first rounds warm up.
fn report(workload: &str, mut run: impl FnMut(bool) -> f64) {
    // Cargo adds `--bench` of its own.
    let mut wanted = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    if wanted.peek().is_some() && !wanted.any(|wanted| workload.starts_with(&wanted)) {
        return;
    }
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS + 3).map(|_| (run(true), run(false))).skip(3).collect();
    rounds.sort_by(|left, right| (left.0 / left.1).total_cmp(&(right.0 / right.1)));
    let Some((ours, floor)) = rounds.get(rounds.len() / 2).copied() else { return };
    let nanoseconds = |seconds: f64| seconds / f64::from(PUBLISHES) * 1e9;
    println!(
        "ratio {workload} {:.2}   ({:.0} ns against {:.0} ns)",
        ours / floor,
        nanoseconds(ours),
        nanoseconds(floor)
    );
}
