//! Writing a group of commits.

use std::sync::Arc;
use std::time::Instant;

use super::job::Job;
use super::{Turn, unreachable};
use crate::error::Error;
use crate::store::postgres::append::{self, Mode, Outcome};
use crate::store::postgres::error::{is_contention, is_lost};
use crate::store::postgres::link::Failure;

impl Turn {
    /// Writes the commits, and answers each when it is written or refused; those that others hold up
    /// are handed on.
    pub(super) async fn write(&mut self, mut jobs: Vec<Job>) {
        let patience = self.appender.options.patience();
        while !jobs.is_empty() {
            let deadline = jobs.iter().map(|job| job.since + patience).min().unwrap_or_else(Instant::now);
            let failure = match self.send(&jobs, deadline).await {
                Ok(outcomes) => {
                    for (job, outcome) in jobs.into_iter().zip(outcomes) {
                        self.settle(job, outcome).await;
                    }
                    return;
                }
                Err(failure) => failure,
            };
            let was_sent = self.link.take().is_some();
            let error = match failure {
                Failure::Sql(error) if is_lost(&error) => error,
                failure => return self.give_up(jobs, failure),
            };
            // What was sent may have been written: sending it again finds that out.
            jobs.iter_mut().for_each(|job| job.was_sent |= was_sent);
            let (late, rest) = jobs.into_iter().partition(|job| job.since + patience <= Instant::now());
            jobs = rest;
            unreachable(late, error);
        }
    }

    async fn send(&mut self, jobs: &[Job], deadline: Instant) -> Result<Vec<Outcome>, Failure> {
        let appends: Vec<_> = jobs.iter().map(|job| &job.append).collect();
        let statements = Arc::clone(&self.appender.statements);
        let link = self.link(deadline).await?;
        append::run(&mut link.connection, &statements.append, &appends, Mode::Quick).await
    }

    /// The group can't be written. Each of several gets a transaction of its own, so that only the
    /// culprit fails; the connection isn't used again, in case it holds on to something.
    fn give_up(&mut self, jobs: Vec<Job>, failure: Failure) {
        let mut failure = Some(failure).filter(|failure| jobs.len() == 1 && !may_pass(failure));
        for job in jobs {
            match failure.take() {
                Some(failure) => job.finish(Err(Error::from(failure).into())),
                None => self.appender.write_patiently(job),
            }
        }
    }

    async fn settle(&mut self, job: Job, outcome: Outcome) {
        match outcome {
            Outcome::Appended(appended) => {
                self.appender.note(&appended);
                job.finish(Ok(appended));
            }
            Outcome::Refused(error) => job.finish(Err(error)),
            Outcome::Known => self.find(job).await,
            Outcome::Held | Outcome::Clash | Outcome::TooLong => self.appender.write_patiently(job),
        }
    }

    /// Answers a commit whose ids are in the log already.
    async fn find(&mut self, job: Job) {
        let statements = Arc::clone(&self.appender.statements);
        let found = match self.link.as_mut() {
            Some(link) => append::find(&mut link.connection, &statements, &job.append).await,
            None => return self.appender.write_patiently(job),
        };
        match found {
            Ok(Ok(Some(appended))) => job.finish(Ok(appended)),
            Ok(Err(error)) => job.finish(Err(error)),
            Ok(Ok(None)) => self.appender.write_patiently(job),
            Err(_) => {
                self.link = None;
                self.appender.write_patiently(job);
            }
        }
    }
}

/// Whether the same commit may succeed alone.
fn may_pass(failure: &Failure) -> bool {
    matches!(failure, Failure::Sql(error) if is_contention(error))
}
