//! Reading events without their metadata.

use rusqlite::{Connection, Rows, params, params_from_iter};

use super::error::store_error;
use super::read::{self, Bounds};
use super::rows::{self, EventReader, clamped, limit};
use crate::error::Error;
use crate::event::EventMetadata;
use crate::id::{Position, StreamId};
use crate::store::{DataPage, Direction, LogQuery, StreamQuery};

/// A page ends when its payloads have so many bytes together, so that large events don't add up.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

pub(super) fn stream(connection: &Connection, stream: &StreamId, query: &StreamQuery) -> Result<DataPage, Error> {
    let sql = match query.direction() {
        Direction::Forwards => include_str!("sql/stream_data_forwards.sql"),
        Direction::Backwards => include_str!("sql/stream_data_backwards.sql"),
    };
    let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
    let (lowest, highest) = (clamped(query.lowest().value()), clamped(query.highest().value()));
    let values = params![stream.aggregate().as_str(), stream.id().to_string(), lowest, highest, limit(query.limit())];
    let (page, whole) = collect(statement.query(values).map_err(store_error)?, query.limit())?;
    let last = page.last_position().map(|last| metadata(connection, stream, last)).transpose()?;
    let more = !whole || page.len() == query.limit();
    Ok(page.with_more(more).with_last(last))
}

/// The metadata of the event at that position. Events don't change, so that it needn't be read in the
/// same transaction.
fn metadata(connection: &Connection, stream: &StreamId, position: Position) -> Result<EventMetadata, Error> {
    const EVENT: &str = include_str!("sql/event_by_position.sql");
    let mut statement = connection.prepare_cached(EVENT).map_err(store_error)?;
    let mut reader = EventReader::new(Some(stream.clone()));
    let event = statement.query_row([clamped(position.value())], |row| Ok(reader.read(row))).map_err(store_error)?;
    event.map(|event| event.metadata().clone())
}

/// Reads one event more than asked for, to know whether the page is the last.
pub(super) fn log(connection: &Connection, query: &LogQuery) -> Result<DataPage, Error> {
    let bounds = Bounds::look(connection, query)?;
    if query.limit() == 0 {
        return Ok(DataPage::new().with_through(bounds.start));
    }
    const DATA: &str = "SELECT position, payload, version, event_name, schema_version FROM events";
    let (sql, values) = read::select(DATA, query)?;
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let rows = statement.query(params_from_iter(values)).map_err(store_error)?;
    let (page, whole) = collect(rows, query.limit())?;
    let through = bounds.through(page.last_position(), !whole);
    Ok(page.with_more(!whole).with_through(through))
}

/// Takes rows up to the limit, and says whether those were all.
fn collect(mut rows: Rows<'_>, limit: usize) -> Result<(DataPage, bool), Error> {
    let mut page = DataPage::new();
    while let Some(row) = rows.next().map_err(store_error)? {
        if page.len() >= limit || page.bytes() >= PAGE_BYTES {
            return Ok((page, false));
        }
        rows::add_data(&mut page, row)?;
    }
    Ok((page, true))
}
