//! The parent: keeps a publisher and two workers going, kills and stops them, and looks at the end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use events::DurableHandlers;
use events::EventStore;
use events_tests::child::{Child, Heard};
use events_tests::random::Random;

use crate::audit::{self, Findings};
use crate::engine::Engine;
use crate::operator::Operator;
use crate::worker::LEASE;
use crate::{EngineName, journal};

/// A child that isn't ready after so long is stuck, and so are handlers that have come no further.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is looked whether the handlers have caught up.
const PACE: Duration = Duration::from_millis(50);

/// What to do.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) rounds: u64,
    pub(crate) seed: u64,
    pub(crate) options: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) findings: Findings,
    pub(crate) blows: Blows,
    /// Redrive runs over what was dead.
    pub(crate) runs: u64,
    pub(crate) events: u64,
    pub(crate) pages: usize,
}

/// How often who was hit.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Blows {
    pub(crate) publishers: u64,
    pub(crate) workers: u64,
    pub(crate) stopped: u64,
}

/// The processes of the program under test.
struct Cast<'a> {
    course: &'a Course,
    engine: &'a Engine,
    publisher: Option<Child>,
    workers: [Option<Child>; 2],
    blows: Blows,
}

/// Runs all rounds, lets the handlers catch up, and looks; `tell` hears how far it is.
pub(crate) async fn run(course: &Course, engine: &mut Engine, mut tell: impl FnMut(u64)) -> Result<Outcome> {
    let store = engine.open().await?;
    let mut operator = Operator::new(&store);
    let mut cast = Cast { course, engine, publisher: None, workers: [None, None], blows: Blows::default() };
    for round in 1..=course.rounds {
        cast.round(&mut Random::of(&[course.seed, round]))
            .with_context(|| format!("round {round} of seed {}", course.seed))?;
        operator.look().await?;
        tell(round);
    }
    cast.end_the_publisher()?;
    cast.complete_the_workers()?;
    caught_up(&store, &mut operator).await?;
    let blows = cast.end()?;
    let pages = audit::pages(&store).await?;
    store.close().await?;
    let findings = audit::audit(&pages, &journal::read(engine.folder())?, &engine.effects().await?);
    Ok(Outcome { findings, blows, runs: operator.runs, events: pages.values().sum(), pages: pages.len() })
}

/// Waits until every handler is at the end of the log, and nothing waits behind a letter.
async fn caught_up(store: &EventStore, operator: &mut Operator) -> Result<()> {
    let handlers = DurableHandlers::new(store.clone());
    let (mut end, mut least) = (Instant::now() + PATIENCE, u64::MAX);
    let mut pace = tokio::time::interval(PACE);
    loop {
        pace.tick().await;
        let behind: Vec<_> =
            handlers.lag().await?.into_iter().filter(|lag| lag.positions > 0 || lag.parked > 0).collect();
        operator.look().await?;
        let open = operator.open().await?;
        if behind.is_empty() && open == 0 {
            return Ok(());
        }
        let left = open as u64 + behind.iter().map(|lag| lag.positions + lag.parked).sum::<u64>();
        if left < least {
            (end, least) = (Instant::now() + PATIENCE, left);
        }
        if Instant::now() > end {
            bail!("the handlers don't catch up: {behind:?}, and {open} letters wait");
        }
    }
}

impl Cast<'_> {
    /// Completes the cast, lets it work for a while, and strikes.
    fn round(&mut self, random: &mut Random) -> Result<()> {
        if self.publisher.is_none() {
            self.publisher = Some(self.start("publisher")?);
        }
        self.complete_the_workers()?;
        self.linger(Duration::from_millis(random.between(20, 700)))?;
        let victim = usize::from(random.percent(50));
        match random.below(10) {
            0..2 => self.end_the_publisher(),
            2..6 => self.kill(victim),
            6 => {
                self.kill(0)?;
                self.kill(1)
            }
            _ => self.stop(victim, LEASE + Duration::from_millis(random.between(300, 1_500))),
        }
    }

    fn complete_the_workers(&mut self) -> Result<()> {
        let [first, second] = &self.workers;
        let (first, second) = (first.is_none(), second.is_none());
        if first {
            self.workers[0] = Some(self.start("worker")?);
        }
        if second {
            self.workers[1] = Some(self.start("worker")?);
        }
        Ok(())
    }

    fn start(&self, part: &str) -> Result<Child> {
        let engine = match self.engine.name() {
            EngineName::Sqlite => "sqlite",
            EngineName::Postgres => "postgres",
        };
        let folder = format!("--folder={}", self.engine.folder().display());
        let arguments =
            [engine.to_owned(), format!("--part={part}"), folder].into_iter().chain(self.course.options.clone());
        let child = Child::start(arguments)?;
        match child.hear(PATIENCE) {
            Heard::Line(_) => Ok(child),
            Heard::Silence => bail!("the {part} isn't ready"),
            Heard::End => bail!("the {part} has ended by itself"),
        }
    }

    /// Lets everybody work; nobody may end.
    fn linger(&self, time: Duration) -> Result<()> {
        let publisher = self.publisher.as_ref().context("there is no publisher")?;
        match publisher.hear(time) {
            Heard::Silence => {}
            Heard::Line(line) => bail!("the publisher says {line}"),
            Heard::End => bail!("the publisher has ended by itself"),
        }
        for worker in self.workers.iter().flatten() {
            if worker.hear(Duration::ZERO) != Heard::Silence {
                bail!("a worker has ended by itself");
            }
        }
        Ok(())
    }

    fn end_the_publisher(&mut self) -> Result<()> {
        if let Some(publisher) = self.publisher.take() {
            publisher.kill()?;
            self.blows.publishers += 1;
        }
        Ok(())
    }

    fn kill(&mut self, place: usize) -> Result<()> {
        if let Some(worker) = self.workers.get_mut(place).and_then(Option::take) {
            worker.kill()?;
            self.blows.workers += 1;
        }
        Ok(())
    }

    /// Stops a worker for so long that it must have lost what it had, and lets it go on. That is less
    /// than others wait for SQLite's lock, which it may hold.
    fn stop(&mut self, place: usize, time: Duration) -> Result<()> {
        let worker = self.workers.get(place).and_then(Option::as_ref).context("there is no such worker")?;
        worker.stop()?;
        self.linger(time)?;
        worker.go_on()?;
        self.blows.stopped += 1;
        Ok(())
    }

    /// Ends everybody; these are no blows.
    fn end(mut self) -> Result<Blows> {
        let blows = self.blows;
        for place in 0..self.workers.len() {
            self.kill(place)?;
        }
        Ok(blows)
    }
}
