//! What the function answers, for each commit.

use chrono::DateTime;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::lists::Lists;
use crate::error::{Error, ErrorKind};
use crate::event::Recording;
use crate::id::{Position, Version};
use crate::store::postgres::error::Trouble;
use crate::store::postgres::link::Failure;
use crate::store::{Append, AppendError, AppendStatus, Appended};

/// What became of a commit.
#[derive(Debug)]
pub(in super::super) enum Outcome {
    Appended(Appended),
    Refused(AppendError),
    /// Another transaction holds one of its streams.
    Held,
    /// An id of it is in the log already.
    Known,
    /// Another transaction has written an id of it at the same time.
    Clash,
    /// Waiting for another transaction has taken too long.
    TooLong,
}

pub(super) fn read(row: &PgRow, commits: &[&Append], lists: &Lists<'_>) -> Result<Vec<Outcome>, Failure> {
    if let Some(trouble) = Trouble::of(row.try_get(0)?) {
        return Err(trouble.into_error().into());
    }
    let answer = Answer {
        positions: row.try_get(2)?,
        times: row.try_get(3)?,
        versions: row.try_get(4)?,
        conflicts: row.try_get(5)?,
    };
    let outcomes: Vec<i32> = row.try_get(1)?;
    let mut places = lists.places();
    let mut of_commits = Vec::with_capacity(commits.len());
    for ((number, commit), outcome) in commits.iter().enumerate().zip(outcomes) {
        let places = places.by_ref().take(commit.events().len());
        let outcome = match outcome {
            0 => Outcome::Appended(answer.appended(number, places).ok_or_else(incomplete)?),
            other => {
                // The next commit's events come after all of this one's.
                places.for_each(drop);
                match other {
                    1 => Outcome::Refused(answer.conflict(number, commit, lists).ok_or_else(incomplete)?),
                    2 => Outcome::Held,
                    3 => Outcome::Known,
                    4 => Outcome::Clash,
                    _ => Outcome::TooLong,
                }
            }
        };
        of_commits.push(outcome);
    }
    Ok(of_commits)
}

struct Answer {
    positions: Option<Vec<i64>>,
    times: Option<Vec<i64>>,
    versions: Option<Vec<i64>>,
    conflicts: Option<Vec<i32>>,
}

impl Answer {
    fn appended(&self, commit: usize, places: impl Iterator<Item = (usize, i64)>) -> Option<Appended> {
        let first = *self.positions.as_ref()?.get(commit)?;
        let recorded_at = DateTime::from_timestamp_micros(*self.times.as_ref()?.get(commit)?)?;
        let mut recordings = Vec::with_capacity(places.size_hint().0);
        for ((touch, number), position) in places.zip(first..) {
            let version = *self.versions.as_ref()?.get(touch)? + number;
            recordings.push(Recording {
                position: Position::new(position.unsigned_abs()),
                version: Version::new(version.unsigned_abs()),
                recorded_at,
            });
        }
        Some(Appended::new(AppendStatus::Committed, recordings))
    }

    fn conflict(&self, number: usize, commit: &Append, lists: &Lists<'_>) -> Option<AppendError> {
        let touch = usize::try_from(*self.conflicts.as_ref()?.get(number)?).ok()?.checked_sub(1)?;
        let actual = Version::new(self.versions.as_ref()?.get(touch)?.unsigned_abs());
        let (stream, expected) = lists.conflict(commit, touch)?;
        Some(AppendError::Conflict { stream, expected, actual })
    }
}

fn incomplete() -> Error {
    Error::new(ErrorKind::Internal, "the function `append` has answered something else than was asked")
}
