//! A commit on its way through the appender.

use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::id::StreamId;
use crate::store::{Append, AppendError, AppendStatus, Appended};

pub(super) type Answer = Result<Appended, AppendError>;

pub(super) struct Job {
    pub(super) append: Append,
    /// Since when its caller waits.
    pub(super) since: Instant,
    /// It was sent, and the connection lost before the answer came.
    pub(super) was_sent: bool,
    reply: oneshot::Sender<Answer>,
    _room: OwnedSemaphorePermit,
}

impl Job {
    pub(super) fn new(append: Append, reply: oneshot::Sender<Answer>, room: OwnedSemaphorePermit) -> Self {
        Self { append, since: Instant::now(), was_sent: false, reply, _room: room }
    }

    pub(super) fn weight(&self) -> usize {
        self.append.events().len().max(1)
    }

    /// All streams that it touches, some of them several times.
    pub(super) fn streams(&self) -> impl Iterator<Item = &StreamId> {
        let expected = self.append.expectations().map(|(stream, _)| stream);
        expected.chain(self.append.events().iter().map(|event| event.metadata().stream()))
    }

    /// Answers the caller, who may be gone.
    pub(super) fn finish(self, answer: Answer) {
        let answer = answer.map(|appended| if self.was_sent { as_committed(appended) } else { appended });
        drop(self.reply.send(answer));
    }
}

/// What the caller's own first attempt has written is no duplicate.
fn as_committed(appended: Appended) -> Appended {
    Appended::new(AppendStatus::Committed, appended.recordings().to_vec())
}

/// The streams of several jobs, each once.
pub(super) fn streams(jobs: &[Job]) -> Vec<StreamId> {
    let mut streams: Vec<StreamId> = Vec::with_capacity(jobs.len());
    let mut known = std::collections::HashSet::with_capacity(jobs.len());
    for stream in jobs.iter().flat_map(Job::streams) {
        if known.insert(stream) {
            streams.push(stream.clone());
        }
    }
    streams
}
