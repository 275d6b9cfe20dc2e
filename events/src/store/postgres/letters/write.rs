//! Writing letters, and the attempts at them.

use chrono::{DateTime, Utc};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::super::link::{Failure, Link};
use super::super::rows::limit;
use super::super::statements::Statements;
use super::super::values::{Id, Json, Time};
use super::{collect, names, rows, waiting};
use crate::error::{Error, ErrorKind};
use crate::handler::{Class, ErrorReport};
use crate::store::{
    AttemptOutcome, ClaimLetters, FailedAttempt, FailedEvent, FinishAttempt, LaneAttempt, LaneWrite, LetterId,
    NewLetter, limits,
};

pub(in super::super) async fn write(
    link: &mut Link,
    statements: &Statements,
    letters: &[NewLetter],
) -> Result<Vec<LetterId>, Failure> {
    let mut transaction = link.connection.begin().await?;
    let mut ids = Vec::with_capacity(letters.len());
    for letter in letters {
        ids.push(write_one(&mut transaction, statements, letter).await?);
    }
    transaction.commit().await?;
    Ok(ids)
}

pub(in super::super) async fn write_one(
    connection: &mut PgConnection,
    statements: &Statements,
    letter: &NewLetter,
) -> Result<LetterId, Failure> {
    let position = limits::check_number("position of the letter", letter.position.value())?;
    let attempt = letter.attempt.as_ref();
    let error = attempt.map(|attempt| report(&attempt.error)).transpose()?;
    let row = sqlx::query(statements.write_letter.safe())
        .bind(letter.handler.as_str())
        .bind(Id(letter.event_id.as_uuid()))
        .bind(letter.event.as_str())
        .bind(i64::from(letter.schema_version.value()))
        .bind(letter.stream.aggregate().as_str())
        .bind(letter.stream.id().to_string())
        .bind(position)
        .bind(Id(letter.correlation_id.as_uuid()))
        .bind(letter.traceparent.as_deref())
        .bind(&letter.build)
        .bind(waiting(letter.next_attempt_at).as_str())
        .bind(attempt.map_or(Class::default(), |attempt| attempt.class).as_str())
        .bind(error.as_deref().map(Json))
        .bind(attempt.map_or(0, |attempt| attempt.fingerprint.cast_signed()))
        .bind(i64::from(attempt.is_some()))
        .bind(Time::new("letter's time", attempt.map_or(letter.at, |attempt| attempt.at))?)
        .bind(letter.next_attempt_at.map(next_attempt).transpose()?)
        .bind(letter.lane.as_ref().map(|lane| i64::from(lane.partition)))
        .bind(letter.lane.as_ref().and_then(|lane| lane.key.as_deref()))
        .fetch_one(connection)
        .await?;
    Ok(rows::letter_id(&row, 0).map_err(rows::damaged)?)
}

/// The letters are answered as they were before the lease.
pub(in super::super) async fn claim(
    link: &mut Link,
    statements: &Statements,
    claim: &ClaimLetters,
) -> Result<Vec<FailedEvent>, Failure> {
    let claimed = sqlx::query(statements.claim_letters.safe())
        .bind(Time::at_most(claim.now))
        .bind(names(&claim.handlers))
        .bind(limit(claim.limit))
        .bind(&claim.owner)
        .bind(Time::new("end of the lease", claim.lease_until)?);
    collect(claimed.fetch(&mut link.connection), rows::letter).await
}

/// Each statement has the condition that the lease is still the caller's.
pub(in super::super) async fn finish(
    link: &mut Link,
    statements: &Statements,
    finish: &FinishAttempt,
) -> Result<bool, Failure> {
    let ended = Ended { letter: finish.id, owner: Some(&finish.owner), build: &finish.build, at: finish.at };
    ended.write(&mut link.connection, statements, &finish.outcome).await
}

/// Writes what the owner of a lane has made of a letter; one that isn't retrying any more stays as it is.
pub(in super::super) async fn finish_in_lane(
    connection: &mut PgConnection,
    statements: &Statements,
    attempt: &LaneAttempt,
    write: &LaneWrite,
) -> Result<(), Failure> {
    let ended = Ended { letter: attempt.letter, owner: None, build: &write.build, at: write.at };
    ended.write(connection, statements, &attempt.outcome).await.map(drop)
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
    async fn write(
        &self,
        connection: &mut PgConnection,
        statements: &Statements,
        outcome: &AttemptOutcome,
    ) -> Result<bool, Failure> {
        let (sql, time) = match outcome {
            AttemptOutcome::Resolved => (&statements.resolve_letter, self.at),
            AttemptOutcome::Postponed { until } => (&statements.postpone_letter, *until),
            AttemptOutcome::Failed { attempt, next_attempt_at } => {
                return self.fail(connection, statements, attempt, *next_attempt_at).await;
            }
        };
        let end = sqlx::query(sql.safe()).bind(self.letter.value()).bind(self.owner);
        let end = end.bind(Time::new("attempt's time", time)?).bind(self.build).execute(connection);
        Ok(end.await?.rows_affected() > 0)
    }

    async fn fail(
        &self,
        connection: &mut PgConnection,
        statements: &Statements,
        attempt: &FailedAttempt,
        next_attempt_at: Option<DateTime<Utc>>,
    ) -> Result<bool, Failure> {
        let FailedAttempt { at, class, error, fingerprint } = attempt;
        let failed = sqlx::query(statements.fail_letter.safe())
            .bind(self.letter.value())
            .bind(self.owner)
            .bind(waiting(next_attempt_at).as_str())
            .bind(next_attempt_at.map(next_attempt).transpose()?)
            .bind(self.build)
            .bind(class.as_str())
            .bind(Json(&report(error)?))
            .bind(fingerprint.cast_signed())
            .bind(Time::new("attempt's time", *at)?)
            .execute(connection)
            .await?;
        Ok(failed.rows_affected() > 0)
    }
}

fn next_attempt(time: DateTime<Utc>) -> Result<Time, Error> {
    Time::new("time of the next attempt", time)
}

fn report(report: &ErrorReport) -> Result<String, Error> {
    let failed = |error| Error::new(ErrorKind::Internal, "an error can't be written as JSON").with_source(error);
    serde_json::to_string(report).map_err(failed)
}
