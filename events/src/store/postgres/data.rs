//! Reading events without their metadata.

use futures_util::{Stream, TryStreamExt};
use sqlx::postgres::PgRow;

use super::link::{Failure, Link};
use super::log_end::{Seen, log_end};
use super::read::{self, bind, page_end, select};
use super::rows::{self, EventReader};
use super::statements::Statements;
use crate::error::{Error, ErrorKind};
use crate::event::EventMetadata;
use crate::id::{Position, StreamId, Version};
use crate::store::{DataPage, Direction, FIRST_PAGE, LogQuery, StreamQuery};

/// A short page is read with the metadata of all its events: that costs less than asking for the last
/// one's as well.
pub(super) async fn stream(
    link: &mut Link,
    statements: &Statements,
    stream: &StreamId,
    query: &StreamQuery,
) -> Result<DataPage, Failure> {
    let limit = query.limit();
    if limit <= FIRST_PAGE {
        let rows = read::stream_rows(link, statements, stream, query);
        let (page, last) = collect(rows, rows::WHOLE_PAYLOAD, limit).await?;
        let last = last.map(|row| EventReader::new(Some(stream.clone())).read(&row)).transpose()?;
        let more = page.len() == limit;
        return Ok(page.with_more(more).with_last(last.map(|event| event.metadata().clone())));
    }
    let sql = match query.direction() {
        Direction::Forwards => &statements.stream_data_forwards,
        Direction::Backwards => &statements.stream_data_backwards,
    };
    let rows = bind(sql, stream, query).fetch(&mut link.connection);
    let (page, _) = collect(rows, rows::DATA_PAYLOAD, limit).await?;
    let last = match page.last_version() {
        Some(version) => Some(metadata(link, statements, stream, version).await?),
        None => None,
    };
    let more = page.len() == limit;
    Ok(page.with_more(more).with_last(last))
}

/// Events don't change, so that it needn't be read in the same transaction.
async fn metadata(
    link: &mut Link,
    statements: &Statements,
    stream: &StreamId,
    version: Version,
) -> Result<EventMetadata, Failure> {
    let query = StreamQuery::new().from(version).to(version).with_limit(1);
    let event = read::stream(link, statements, stream, &query).await?.pop();
    let gone = || Error::new(ErrorKind::Decode, format!("event {version} of stream `{stream}` is gone"));
    Ok(event.ok_or_else(gone)?.metadata().clone())
}

/// As [`read::log`] does.
pub(super) async fn log(
    link: &mut Link,
    statements: &Statements,
    seen: &Seen,
    query: &LogQuery,
) -> Result<DataPage, Failure> {
    if query.limit() == 0 {
        return Ok(DataPage::new().with_through(query.start().unwrap_or(Position::START)));
    }
    let known = link.decided;
    if read::begins_before(query, known) {
        let (page, more) = page(link, statements, query, known).await?;
        if more || query.direction() == Direction::Backwards {
            return Ok(finish(query, page, more, known));
        }
    }
    let end = log_end(link, statements, seen).await?.decided;
    let (page, more) = page(link, statements, query, end).await?;
    Ok(finish(query, page, more, end))
}

async fn page(
    link: &mut Link,
    statements: &Statements,
    query: &LogQuery,
    end: Position,
) -> Result<(DataPage, bool), Failure> {
    let (sql, values) = select(&statements.read_log_data, statements, query, end)?;
    let mut rows = sqlx::query_with(sql, values).fetch(&mut link.connection);
    let (page, _) = collect(&mut rows, rows::DATA_PAYLOAD, query.limit()).await?;
    let more = rows.try_next().await?.is_some();
    Ok((page, more))
}

fn finish(query: &LogQuery, page: DataPage, more: bool, end: Position) -> DataPage {
    let through = page.last_position().filter(|_| more).unwrap_or_else(|| page_end(query, end));
    page.with_more(more).with_through(through)
}

/// Takes rows up to the limit; answers with the last of them too.
async fn collect(
    mut rows: impl Stream<Item = sqlx::Result<PgRow>> + Unpin,
    payload: usize,
    limit: usize,
) -> Result<(DataPage, Option<PgRow>), Failure> {
    let (mut page, mut last) = (DataPage::new(), None);
    while page.len() < limit
        && let Some(row) = rows.try_next().await?
    {
        rows::add_data(&mut page, &row, payload)?;
        last = Some(row);
    }
    Ok((page, last))
}
