//! What is asked for, as the conditions of a query.

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, Encode, Postgres, Type};

use super::link::Failure;
use super::statements::Sql;
use super::values::{Id, Time};
use crate::store::{EventFilter, LetterQuery};

/// A query under way: its text, and the values for it.
pub(super) struct Query {
    sql: String,
    values: PgArguments,
    conditions: usize,
}

impl Query {
    pub(super) fn new(select: &Sql) -> Self {
        Self { sql: String::from(&**select), values: PgArguments::default(), conditions: 0 }
    }

    /// Begins another condition, which must hold as well.
    pub(super) fn and(&mut self, text: &str) -> &mut Self {
        self.sql.push_str(if self.conditions == 0 { "\nWHERE " } else { "\n  AND " });
        self.conditions += 1;
        self.push(text)
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Adds a value where the text has got to.
    pub(super) fn value<'v, T>(&mut self, value: T) -> Result<&mut Self, Failure>
    where
        T: Encode<'v, Postgres> + Type<Postgres>,
    {
        self.values.add(value).map_err(sqlx::Error::Encode)?;
        self.sql.push_str(&format!("${}", self.values.len()));
        Ok(self)
    }

    /// The text and its values. What was put into the text is none of the caller's input.
    pub(super) fn finish(self) -> (sqlx::AssertSqlSafe<String>, PgArguments) {
        (sqlx::AssertSqlSafe(self.sql), self.values)
    }
}

/// The conditions of [`EventFilter::matches`].
pub(super) fn of_events(query: &mut Query, filter: &EventFilter, of_stream: &Sql) -> Result<(), Failure> {
    if let Some(stream) = &filter.stream {
        query.and(of_stream).value(stream.aggregate().as_str())?;
        query.push(" AND aggregate_id = ").value(stream.id().to_string())?.push(")");
    }
    if let Some(id) = filter.correlation_id {
        query
            .and("((event_id = ")
            .value(Id(id.as_uuid()))?
            .push(" AND correlation_id = event_id) OR (correlation_id = ");
        query.value(Id(id.as_uuid()))?.push(" AND correlation_id <> event_id))");
    }
    if let Some(id) = filter.causation_id {
        query.and("causation_id = ").value(Id(id.as_uuid()))?;
    }
    match filter.names.as_slice() {
        [] => {}
        [name] => {
            query.and("event_name = ").value(name.as_str())?;
        }
        names => {
            let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
            query.and("event_name = ANY (").value(names)?.push(")");
        }
    }
    if !filter.aggregates.is_empty() {
        let aggregates: Vec<_> = filter.aggregates.iter().map(|aggregate| aggregate.as_str()).collect();
        query.and("aggregate = ANY (").value(aggregates)?.push(")");
    }
    if let Some(from) = filter.recorded_from {
        query.and("recorded_at >= ").value(Time::at_least(from))?;
    }
    if let Some(until) = filter.recorded_until {
        query.and("recorded_at < ").value(Time::at_least(until))?;
    }
    Ok(())
}

/// The conditions of [`LetterQuery::matches`].
pub(super) fn of_letters(query: &mut Query, letters: &LetterQuery) -> Result<(), Failure> {
    if let Some(ids) = &letters.ids {
        let ids: Vec<i64> = ids.iter().map(|id| id.value()).collect();
        query.and("letter_id = ANY (").value(ids)?.push(")");
    }
    if !letters.statuses.is_empty() {
        let statuses: Vec<_> = letters.statuses.iter().map(|status| status.as_str()).collect();
        query.and("status = ANY (").value(statuses)?.push(")");
    }
    if let Some(handler) = &letters.handler {
        query.and("handler = ").value(handler.as_str())?;
    }
    if let Some(event) = &letters.event {
        query.and("event_name = ").value(event.as_str())?;
    }
    if let Some(ids) = &letters.event_ids {
        let ids: Vec<_> = ids.iter().map(|id| Id(id.as_uuid())).collect();
        query.and("event_id = ANY (").value(ids)?.push(")");
    }
    if let Some(class) = letters.class {
        query.and("class = ").value(class.as_str())?;
    }
    if let Some(fingerprint) = letters.fingerprint {
        query.and("fingerprint = ").value(fingerprint.cast_signed())?;
    }
    place_of_letters(query, letters)
}

/// Where letters belong, and what holds for them now.
fn place_of_letters(query: &mut Query, letters: &LetterQuery) -> Result<(), Failure> {
    if let Some(partition) = letters.partition {
        query.and("coalesce(partition, 0) = ").value(i64::from(partition))?;
    }
    if let Some(time) = letters.due {
        query.and("next_attempt_at <= ").value(Time::at_most(time))?;
    }
    if let Some(run) = letters.run {
        query.and("run = ").value(run.value())?;
    }
    if letters.held {
        query.and("held");
    }
    if letters.blocking {
        query.and("(held OR status IN ('retrying', 'dead'))");
    }
    if let Some(after) = letters.after {
        query.and("letter_id > ").value(after.value())?;
    }
    Ok(())
}
