//! The parent: lets a child write, kills it, and looks at what is left; many times.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use events_tests::child::{Child, Heard};
use events_tests::random::Random;

use crate::audit::{Contents, Findings, audit};
use crate::engine::{Blow, Engine};
use crate::journal::Journal;
use crate::plan::Key;
use crate::report::Line;
use crate::writers::Honesty;

/// How many rounds one store lasts: each finds what all the crashes before have left.
const ROUNDS_PER_STORE: u64 = 10;

/// A child that says nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to do.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) engine: &'static str,
    pub(crate) rounds: u64,
    pub(crate) seed: u64,
    pub(crate) writers: u64,
    pub(crate) honesty: Honesty,
    /// Whether a store stays in which something is wrong.
    pub(crate) keep: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) findings: Findings,
    pub(crate) acknowledged: u64,
    pub(crate) events: u64,
    pub(crate) kills: u64,
    /// How often a server was killed or stopped besides.
    pub(crate) servers: u64,
    pub(crate) in_mid_work: u64,
    /// Where the store is in which something is wrong.
    pub(crate) kept: Option<String>,
}

/// Runs all rounds, up to the first after which something is wrong; `tell` hears how far it is.
pub(crate) async fn run(course: &Course, engine: &mut impl Engine, mut tell: impl FnMut(u64)) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut journal = Journal::default();
    for round in 1..=course.rounds {
        if (round - 1).is_multiple_of(ROUNDS_PER_STORE) {
            engine.renew().await?;
            outcome.close(&std::mem::take(&mut journal));
        }
        let of_round = || format!("round {round} of seed {}", course.seed);
        crash(course, engine, round, &mut journal, &mut outcome).with_context(of_round)?;
        let findings = look(course, engine, &mut journal).await.with_context(of_round)?;
        outcome.findings.add(findings);
        tell(round);
        if !outcome.findings.wrong.is_empty() {
            outcome.kept = course.keep.then(|| engine.keep()).flatten();
            break;
        }
    }
    outcome.close(&journal);
    Ok(outcome)
}

/// Opens what the crash has left, and compares it with what was heard.
async fn look(course: &Course, engine: &mut impl Engine, journal: &mut Journal) -> Result<Findings> {
    let store = engine.reopen().await.context("the store can't be opened")?;
    let contents = Contents::read(&store).await.context("the store can't be read")?;
    store.close().await?;
    let mut findings = audit(course.seed, journal, &contents);
    findings.wrong.extend(journal.take_failures());
    findings.wrong.extend(engine.inspect().await?);
    Ok(findings)
}

impl Outcome {
    /// Counts what was acknowledged by a store that is done with.
    fn close(&mut self, journal: &Journal) {
        for (_, known) in journal.commits() {
            self.acknowledged += u64::from(known.acknowledged.is_some());
            self.events += known.acknowledged.as_ref().map_or(0, |places| places.len() as u64);
        }
    }
}

/// Lets a child write for a while, and kills it, or the server, or both.
fn crash(
    course: &Course,
    engine: &mut impl Engine,
    round: u64,
    journal: &mut Journal,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut random = Random::of(&[course.seed, round]);
    let blow = engine.next_blow(&mut random);
    journal.begin(blow != Blow::Child);
    let child = Child::start(arguments(course, &engine.place(), round, &journal.open()))?;
    // Some die while they open the store, and most in the middle of their work.
    let early = blow == Blow::Child && random.percent(10);
    listen(&child, if early { 0 } else { random.between(1, 600) }, journal)?;
    linger(&child, Duration::from_micros(random.below(20_000)), journal)?;
    match blow {
        Blow::Child => {}
        Blow::Both => engine.kill_server()?,
        Blow::Server | Blow::Restart => {
            if blow == Blow::Server {
                engine.kill_server()?
            } else {
                engine.stop_server()?
            }
            engine.resume_server()?;
            outcome.servers += 1;
            listen_for_an_answer(&child, journal)?;
            listen(&child, random.between(1, 200), journal)?;
            linger(&child, Duration::from_micros(random.below(20_000)), journal)?;
        }
    }
    for line in child.kill()? {
        journal.hear(line.parse()?);
    }
    if blow == Blow::Both {
        engine.resume_server()?;
        outcome.servers += 1;
    }
    if blow != Blow::Child {
        // It was away, so the store has every reason to say so.
        journal.take_failures();
    }
    outcome.kills += 1;
    outcome.in_mid_work += u64::from(!journal.open().is_empty());
    Ok(())
}

/// Hears so many lines.
fn listen(child: &Child, lines: u64, journal: &mut Journal) -> Result<()> {
    for _ in 0..lines {
        journal.hear(line(child, PATIENCE)?.context("the child is silent")?);
    }
    Ok(())
}

/// Hears what comes in that time.
fn linger(child: &Child, time: Duration, journal: &mut Journal) -> Result<()> {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        line(child, left)?.into_iter().for_each(|line| journal.hear(line));
    }
    Ok(())
}

/// Hears lines until a commit is acknowledged.
fn listen_for_an_answer(child: &Child, journal: &mut Journal) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        let line = line(child, left)?.context("the child is silent")?;
        let answered = matches!(line, Line::Answer(..));
        journal.hear(line);
        if answered {
            return Ok(());
        }
    }
    bail!("the child doesn't find its way back to the server")
}

/// The next line, if one comes in time.
fn line(child: &Child, wait: Duration) -> Result<Option<Line>> {
    match child.hear(wait) {
        Heard::Line(line) => line.parse().map(Some),
        Heard::Silence => Ok(None),
        Heard::End => bail!("the child has ended by itself"),
    }
}

fn arguments(course: &Course, place: &str, round: u64, again: &[Key]) -> Vec<String> {
    let mut arguments = vec![
        course.engine.to_owned(),
        format!("--child={place}"),
        format!("--seed={}", course.seed),
        format!("--round={round}"),
        format!("--writers={}", course.writers),
    ];
    arguments.extend(again.iter().map(|key| format!("--again={key}")));
    if course.honesty == Honesty::Early {
        arguments.push("--acknowledge-early".to_owned());
    }
    arguments
}
