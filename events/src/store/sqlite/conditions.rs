//! What is asked for, as the conditions of a query.

use rusqlite::types::Value;
use serde::Serialize;

use super::rows::ceiling;
use crate::error::{Error, ErrorKind};
use crate::store::{EventFilter, LetterQuery};

/// Conditions that must all hold, with their values.
#[derive(Default)]
pub(super) struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition with a `?` for each value.
    pub(super) fn add<const N: usize>(&mut self, condition: &str, values: [Value; N]) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// The whole query, and the values for it.
    pub(super) fn finish(self, select: &str, order: &str) -> (String, Vec<Value>) {
        (format!("{select}{}{order}", self.sql), self.values)
    }
}

/// The conditions of [`EventFilter::matches`]. A plus before a column keeps SQLite from using its
/// index where that would mean sorting the rest of the log for every page.
pub(super) fn of_events(filter: &EventFilter) -> Result<Conditions, Error> {
    let mut conditions = Conditions::default();
    if let Some(stream) = &filter.stream {
        let values = [text(stream.aggregate().as_str()), Value::from(stream.id().to_string())];
        let own = "stream = (SELECT stream FROM streams WHERE aggregate = ? AND aggregate_id = ?)";
        conditions.add(own, values);
    }
    if let Some(id) = filter.correlation_id {
        let id = Value::from(id.as_uuid().to_string());
        let chain =
            "((event_id = ? AND correlation_id = event_id) OR (correlation_id = ? AND correlation_id <> event_id))";
        conditions.add(chain, [id.clone(), id]);
    }
    if let Some(id) = filter.causation_id {
        conditions.add("causation_id = ?", [Value::from(id.as_uuid().to_string())]);
    }
    let others = filter.stream.is_some() || filter.correlation_id.is_some();
    match filter.names.as_slice() {
        [] => {}
        [name] if !others => conditions.add("event_name = ?", [text(name.as_str())]),
        names => conditions.add("+event_name IN (SELECT value FROM json_each(?))", [json(names)?]),
    }
    if !filter.aggregates.is_empty() {
        conditions.add("aggregate IN (SELECT value FROM json_each(?))", [json(&filter.aggregates)?]);
    }
    if let Some(from) = filter.recorded_from {
        conditions.add("recorded_at >= ?", [Value::from(ceiling(from))]);
    }
    if let Some(until) = filter.recorded_until {
        conditions.add("recorded_at < ?", [Value::from(ceiling(until))]);
    }
    Ok(conditions)
}

/// The conditions of [`LetterQuery::matches`].
pub(super) fn of_letters(query: &LetterQuery) -> Result<Conditions, Error> {
    let mut conditions = Conditions::default();
    if let Some(ids) = &query.ids {
        conditions.add("letter_id IN (SELECT value FROM json_each(?))", [json(ids)?]);
    }
    if !query.statuses.is_empty() {
        let statuses: Vec<_> = query.statuses.iter().map(|status| status.as_str()).collect();
        conditions.add("status IN (SELECT value FROM json_each(?))", [json(&statuses)?]);
    }
    if let Some(handler) = &query.handler {
        conditions.add("handler = ?", [text(handler.as_str())]);
    }
    if let Some(event) = &query.event {
        conditions.add("event_name = ?", [text(event.as_str())]);
    }
    if let Some(ids) = &query.event_ids {
        conditions.add("event_id IN (SELECT value FROM json_each(?))", [json(ids)?]);
    }
    if let Some(class) = query.class {
        conditions.add("class = ?", [text(class.as_str())]);
    }
    if let Some(fingerprint) = query.fingerprint {
        conditions.add("fingerprint = ?", [Value::from(fingerprint.cast_signed())]);
    }
    place_of_letters(&mut conditions, query);
    Ok(conditions)
}

/// Where letters belong, and what holds for them now.
fn place_of_letters(conditions: &mut Conditions, query: &LetterQuery) {
    if let Some(partition) = query.partition {
        conditions.add("ifnull(partition, 0) = ?", [Value::from(partition)]);
    }
    if let Some(time) = query.due {
        // Only what is retrying has a next attempt; that it is said here lets an index serve.
        conditions.add("status = 'retrying' AND next_attempt_at <= ?", [Value::from(time.timestamp_micros())]);
    }
    if let Some(run) = query.run {
        conditions.add("run = ?", [Value::from(run.value())]);
    }
    if query.held {
        conditions.add("held", []);
    }
    if query.blocking {
        conditions.add("(held OR status IN ('retrying', 'dead'))", []);
    }
    if let Some(after) = query.after {
        conditions.add("letter_id > ?", [Value::from(after.value())]);
    }
}

fn text(text: &str) -> Value {
    Value::from(text.to_owned())
}

/// A list as one value, so that a query's text doesn't depend on its length.
pub(super) fn json<T: Serialize + ?Sized>(list: &T) -> Result<Value, Error> {
    let failed = |error| Error::new(ErrorKind::Internal, "a list can't be written as JSON").with_source(error);
    serde_json::to_string(list).map(Value::from).map_err(failed)
}
