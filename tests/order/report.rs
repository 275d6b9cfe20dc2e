//! What came of it all, said at the end.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use events::EventId;

use crate::chaos::Deeds;
use crate::verdict::Verdict;

/// What the children have said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) acknowledged: HashSet<EventId>,
    pub(crate) wrong: Vec<String>,
}

impl Said {
    pub(crate) fn of(lines: &[String]) -> Result<Self> {
        let mut said = Self::default();
        for line in lines {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            if word == "ok" {
                for id in rest.split_whitespace() {
                    said.acknowledged.insert(id.parse().with_context(|| format!("a child has said `{line}`"))?);
                }
            } else {
                said.wrong.push(line.clone());
            }
        }
        Ok(said)
    }
}

#[derive(Debug)]
pub(crate) struct Outcome {
    /// One for each tail of the store that is watched.
    pub(crate) verdicts: Vec<Verdict>,
    /// That of the store beside it.
    pub(crate) of_other: Verdict,
    pub(crate) naive: Verdict,
    /// How many events were acknowledged and aren't there.
    pub(crate) lost: usize,
    /// How many events were committed after the naive reader had passed them.
    pub(crate) late: usize,
    pub(crate) wrong: Vec<String>,
}

impl Outcome {
    pub(crate) fn report(&self, deeds: &Deeds, started: Instant) -> ExitCode {
        let Deeds { cuts, kills, crashes, restarts } = deeds;
        println!(
            "{:.1} s; {cuts} connections cut, {kills} processes killed, the server killed {crashes} and stopped \
             {restarts} times; {} events committed late",
            started.elapsed().as_secs_f64(),
            self.late
        );
        for wrong in &self.wrong {
            println!("WRONG: {wrong}");
        }
        if self.lost > 0 {
            println!("WRONG: {} events were acknowledged and aren't there", self.lost);
        }
        println!("the other store: {}", line(std::slice::from_ref(&self.of_other)));
        println!("{}", line(&self.verdicts));
        println!("naive reader missed {}", self.naive.missed);
        let right = self.wrong.is_empty()
            && self.lost == 0
            && self.verdicts.iter().chain([&self.of_other]).all(Verdict::is_clean)
            // Otherwise nothing was put to the test.
            && self.naive.missed > 0;
        if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Several readers in one line: the least that any of them has seen, and what all have missed.
fn line(verdicts: &[Verdict]) -> String {
    let committed = verdicts.iter().map(|verdict| verdict.committed).max().unwrap_or(0);
    let seen = verdicts.iter().map(|verdict| verdict.seen).min().unwrap_or(0);
    let missed: usize = verdicts.iter().map(|verdict| verdict.missed).sum();
    let order: usize = verdicts.iter().map(|verdict| verdict.order_errors).sum();
    format!("committed {committed}, seen {seen}, missed {missed}, order errors {order}")
}
