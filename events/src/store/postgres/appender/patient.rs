//! Writing single commits that have to wait for others' transactions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::job::{self, Answer, Job};
use super::{Appender, unreachable};
use crate::error::{Error, ErrorKind};
use crate::id::StreamId;
use crate::store::postgres::append::{self, Mode, Outcome};
use crate::store::postgres::error::{is_contention, is_lost, is_timeout};
use crate::store::postgres::link::{Failure, Link};
use crate::store::{AppendError, Appended};

/// How often a commit is tried whose ids others write at the same time.
const TRIES: usize = 5;

/// A commit's streams while it waits: what comes later waits behind it.
struct Wait {
    appender: Arc<Appender>,
    streams: Vec<StreamId>,
}

impl Appender {
    /// Has a commit written on a connection of its own.
    pub(super) fn write_patiently(self: &Arc<Self>, job: Job) {
        let streams = job::streams(std::slice::from_ref(&job));
        self.state().queue.mark(&streams);
        let wait = Wait { appender: Arc::clone(self), streams };
        tokio::spawn(async move {
            let appender = Arc::clone(&wait.appender);
            wait.write(job).await;
            drop(wait);
            appender.start();
        });
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.appender.state().queue.free(&self.streams);
    }
}

impl Wait {
    async fn write(&self, mut job: Job) {
        let deadline = tokio::time::Instant::from_std(job.since + self.appender.options.patience());
        let Ok(turn) = tokio::time::timeout_at(deadline, self.appender.patient.acquire()).await else {
            return self.too_late(job);
        };
        let mut link = self.appender.state().idle_patient.pop();
        let answer = self.attempt(&mut link, &mut job, deadline.into_std()).await;
        self.appender.state().idle_patient.extend(link);
        drop(turn);
        match answer {
            Ok(answer) => {
                if let Ok(appended) = &answer {
                    self.appender.note(appended);
                }
                job.finish(answer);
            }
            Err(Failure::Sql(error)) if is_timeout(&error) => self.too_late(job),
            Err(Failure::Sql(error)) if is_lost(&error) => unreachable(vec![job], error),
            Err(failure) => job.finish(Err(Error::from(failure).into())),
        }
    }

    async fn attempt(&self, link: &mut Option<Link>, job: &mut Job, deadline: Instant) -> Result<Answer, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut open = match link.take() {
                Some(link) => link,
                None => self.appender.connect(deadline).await?,
            };
            match self.append(&mut open, &job.append, deadline).await {
                Ok(Some(answer)) => {
                    *link = Some(open);
                    return Ok(answer);
                }
                // What was in the way has gone.
                Ok(None) if tries < TRIES => *link = Some(open),
                Ok(None) => {
                    let message = "the ids of the commit come and go in the log";
                    return Err(Error::new(ErrorKind::Internal, message).into());
                }
                Err(Failure::Sql(error)) if is_lost(&error) && Instant::now() < deadline => job.was_sent = true,
                Err(Failure::Sql(error)) if is_contention(&error) && !is_timeout(&error) && tries < TRIES => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn append(
        &self,
        link: &mut Link,
        commit: &crate::store::Append,
        deadline: Instant,
    ) -> Result<Option<Answer>, Failure> {
        const PATIENCE: &str = "SELECT set_config('lock_timeout', $1, false)";
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let left = format!("{}ms", left.as_millis());
        sqlx::query(PATIENCE).bind(left).execute(&mut link.connection).await?;
        let statements = &self.appender.statements;
        let outcomes = append::run(&mut link.connection, &statements.append, &[commit], Mode::Careful).await?;
        match outcomes.into_iter().next() {
            Some(Outcome::Appended(appended)) => Ok(Some(Ok(appended))),
            Some(Outcome::Refused(error)) => Ok(Some(Err(error))),
            Some(Outcome::Known) => Ok(known(append::find(&mut link.connection, statements, commit).await?)),
            _ => Ok(None),
        }
    }

    /// Its patience has run out, and that of those behind it that have waited as long.
    fn too_late(&self, job: Job) {
        let patience = self.appender.options.patience();
        let late = |job: &Job| job.since + patience <= Instant::now();
        let behind = self.appender.state().queue.take_those_of(&self.streams, late);
        for job in [job].into_iter().chain(behind) {
            let error = match job.streams().next() {
                Some(stream) => {
                    format!("another transaction holds stream `{stream}`, or one that the commit needs too")
                }
                None => "another transaction holds what the commit needs".to_owned(),
            };
            let message = format!("{error}, for more than {patience:?}");
            job.finish(Err(Error::new(ErrorKind::Unavailable, message).into()));
        }
    }
}

fn known(found: Result<Option<Appended>, AppendError>) -> Option<Answer> {
    found.transpose()
}
