//! What waits, and in which order it goes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use super::job::{self, Job};
use crate::id::StreamId;

/// How many events one statement takes on, unless a single commit has more.
const GROUP: usize = 1_000;

/// Commits in the order in which they came. One stays behind while another one that came before it
/// and touches one of its streams is under way or stays behind itself.
#[derive(Default)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
    /// How many are at work on each stream.
    busy: HashMap<StreamId, usize>,
}

impl Queue {
    pub(super) fn push(&mut self, job: Job) {
        self.jobs.push_back(job);
    }

    /// Takes what can go now, and marks its streams. Within a group the order decides.
    pub(super) fn next_group(&mut self) -> Option<(Vec<Job>, Vec<StreamId>)> {
        if self.jobs.is_empty() {
            return None;
        }
        let (mut group, mut weight) = (Vec::new(), 0);
        let mut behind = VecDeque::new();
        let mut behind_of: HashSet<StreamId> = HashSet::new();
        while let Some(job) = self.jobs.pop_front() {
            if job.streams().any(|stream| self.busy.contains_key(stream) || behind_of.contains(stream)) {
                behind_of.extend(job.streams().cloned());
                behind.push_back(job);
                continue;
            }
            if weight + job.weight() > GROUP && !group.is_empty() {
                self.jobs.push_front(job);
                break;
            }
            weight += job.weight();
            group.push(job);
        }
        behind.append(&mut self.jobs);
        self.jobs = behind;
        if group.is_empty() {
            return None;
        }
        let streams = job::streams(&group);
        self.mark(&streams);
        Some((group, streams))
    }

    /// Somebody is at work on these streams.
    pub(super) fn mark(&mut self, streams: &[StreamId]) {
        for stream in streams {
            *self.busy.entry(stream.clone()).or_default() += 1;
        }
    }

    /// And isn't any more.
    pub(super) fn free(&mut self, streams: &[StreamId]) {
        for stream in streams {
            let Entry::Occupied(mut busy) = self.busy.entry(stream.clone()) else { continue };
            *busy.get_mut() -= 1;
            if *busy.get() == 0 {
                busy.remove();
            }
        }
    }

    /// Takes the commits that wait for one of these streams and fulfil a condition.
    pub(super) fn take_those_of(&mut self, streams: &[StreamId], condition: impl Fn(&Job) -> bool) -> VecDeque<Job> {
        let wanted = |job: &Job| job.streams().any(|stream| streams.contains(stream)) && condition(job);
        let (taken, left) = std::mem::take(&mut self.jobs).into_iter().partition(wanted);
        self.jobs = left;
        taken
    }
}
