//! Writing letters, and the attempts at them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::conditions::json;
use super::super::error::store_error;
use super::super::rows::limit;
use super::{micros, rows, waiting};
use crate::error::{Error, ErrorKind};
use crate::handler::{Class, ErrorReport};
use crate::store::{
    AttemptOutcome, ClaimLetters, FailedAttempt, FailedEvent, FinishAttempt, LaneAttempt, LaneWrite, LetterId,
    NewLetter, limits,
};

pub(in super::super) fn write(connection: &Connection, letters: &[NewLetter]) -> Result<Vec<LetterId>, Error> {
    letters.iter().map(|letter| write_one(connection, letter)).collect()
}

fn write_one(connection: &Connection, letter: &NewLetter) -> Result<LetterId, Error> {
    let position = limits::check_number("position of the letter", letter.position.value())?;
    let attempt = letter.attempt.as_ref();
    let class = attempt.map_or(Class::default(), |attempt| attempt.class);
    let values = params![
        letter.handler.as_str(),
        letter.event_id.to_string(),
        letter.event.as_str(),
        letter.schema_version.value(),
        letter.stream.aggregate().as_str(),
        letter.stream.id().to_string(),
        position,
        letter.correlation_id.to_string(),
        letter.traceparent,
        letter.build,
        waiting(letter.next_attempt_at).as_str(),
        class.as_str(),
        attempt.map(|attempt| report(&attempt.error)).transpose()?,
        attempt.map_or(0, |attempt| attempt.fingerprint.cast_signed()),
        i64::from(attempt.is_some()),
        micros(attempt.map_or(letter.at, |attempt| attempt.at)),
        letter.next_attempt_at.map(micros),
        letter.lane.as_ref().map(|lane| lane.partition),
        letter.lane.as_ref().and_then(|lane| lane.key.as_deref()),
    ];
    let mut statement = connection.prepare_cached(include_str!("../sql/write_letter.sql")).map_err(store_error)?;
    let (id, attempts): (i64, i64) = statement.query_row(values, |row| row.try_into()).map_err(store_error)?;
    if let Some(attempt) = attempt {
        insert_attempt(connection, id, attempts, attempt, &letter.build)?;
    }
    Ok(LetterId::new(id))
}

fn insert_attempt(
    connection: &Connection,
    letter: i64,
    number: i64,
    attempt: &FailedAttempt,
    build: &str,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(include_str!("../sql/insert_attempt.sql")).map_err(store_error)?;
    let values = params![
        letter,
        number,
        micros(attempt.at),
        attempt.class.as_str(),
        report(&attempt.error)?,
        attempt.fingerprint.cast_signed(),
        build,
    ];
    statement.execute(values).map(drop).map_err(store_error)
}

/// The letters are answered as they were before the lease.
pub(in super::super) fn claim(connection: &Connection, claim: &ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
    const LEASE: &str = "UPDATE letters SET lease_owner = ?2, lease_until = ?3 WHERE letter_id = ?1";
    let mut due = connection.prepare_cached(include_str!("../sql/due_letters.sql")).map_err(store_error)?;
    let letters: Vec<FailedEvent> = due
        .query_map(params![micros(claim.now), json(&claim.handlers)?, limit(claim.limit)], rows::letter)
        .map_err(store_error)?
        .collect::<rusqlite::Result<_>>()
        .map_err(rows::damaged)?;
    let mut lease = connection.prepare_cached(LEASE).map_err(store_error)?;
    for letter in &letters {
        lease.execute(params![letter.id.value(), claim.owner, micros(claim.lease_until)]).map_err(store_error)?;
    }
    Ok(letters)
}

/// Each statement has the condition that the lease is still the caller's.
pub(in super::super) fn finish(connection: &Connection, finish: &FinishAttempt) -> Result<bool, Error> {
    let ended = Ended { letter: finish.id, owner: Some(&finish.owner), build: &finish.build, at: finish.at };
    ended.write(connection, &finish.outcome)
}

/// Writes what the owner of a lane has made of a letter; one that isn't retrying any more stays as it is.
pub(in super::super) fn finish_in_lane(
    connection: &Connection,
    attempt: &LaneAttempt,
    write: &LaneWrite,
) -> Result<(), Error> {
    let ended = Ended { letter: attempt.letter, owner: None, build: &write.build, at: write.at };
    ended.write(connection, &attempt.outcome).map(drop)
}

/// An attempt that has come to its end.
struct Ended<'a> {
    letter: LetterId,
    /// Who must hold the lease; nobody, if the attempt was made in the letter's lane.
    owner: Option<&'a str>,
    build: &'a str,
    at: DateTime<Utc>,
}

impl Ended<'_> {
    /// Whether the letter was still there for it.
    fn write(&self, connection: &Connection, outcome: &AttemptOutcome) -> Result<bool, Error> {
        let (sql, time) = match outcome {
            AttemptOutcome::Resolved => (include_str!("../sql/resolve_letter.sql"), self.at),
            AttemptOutcome::Postponed { until } => (include_str!("../sql/postpone_letter.sql"), *until),
            AttemptOutcome::Failed { attempt, next_attempt_at } => {
                return self.fail(connection, attempt, *next_attempt_at);
            }
        };
        let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
        let values = params![self.letter.value(), self.owner, micros(time), self.build];
        Ok(statement.execute(values).map_err(store_error)? > 0)
    }

    fn fail(
        &self,
        connection: &Connection,
        attempt: &FailedAttempt,
        next_attempt_at: Option<DateTime<Utc>>,
    ) -> Result<bool, Error> {
        let letter = self.letter.value();
        let values = params![
            letter,
            self.owner,
            waiting(next_attempt_at).as_str(),
            next_attempt_at.map(micros),
            self.build,
            attempt.class.as_str(),
            report(&attempt.error)?,
            attempt.fingerprint.cast_signed(),
            micros(attempt.at),
        ];
        let mut fail = connection.prepare_cached(include_str!("../sql/fail_letter.sql")).map_err(store_error)?;
        let attempts: Option<i64> = fail.query_row(values, |row| row.get(0)).optional().map_err(store_error)?;
        let Some(attempts) = attempts else { return Ok(false) };
        insert_attempt(connection, letter, attempts, attempt, self.build)?;
        Ok(true)
    }
}

fn report(report: &ErrorReport) -> Result<String, Error> {
    let failed = |error| Error::new(ErrorKind::Internal, "an error can't be written as JSON").with_source(error);
    serde_json::to_string(report).map_err(failed)
}
