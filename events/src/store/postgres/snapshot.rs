//! Snapshots.

use sqlx::postgres::PgConnection;

use super::link::{Failure, Link};
use super::rows::{self, Damage};
use super::statements::Statements;
use super::values::{Json, Time};
use crate::event::Payload;
use crate::id::{StreamId, Version};
use crate::store::{Snapshot, limits};

pub(super) async fn load(
    link: &mut Link,
    statements: &Statements,
    stream: &StreamId,
) -> Result<Option<Snapshot>, Failure> {
    let row = sqlx::query(statements.load_snapshot.safe())
        .bind(stream.aggregate().as_str())
        .bind(stream.id().to_string())
        .fetch_optional(&mut link.connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = |damage: Damage| damage.into_error_in(format_args!("the snapshot of stream `{stream}`"));
    Ok(Some(read(&row, stream).map_err(damaged)?))
}

fn read(row: &sqlx::postgres::PgRow, stream: &StreamId) -> Result<Snapshot, Damage> {
    Ok(Snapshot {
        stream: stream.clone(),
        version: Version::new(rows::number(row, 0, "version")?),
        fingerprint: rows::integer(rows::required(row, 1, "fingerprint")?, "fingerprint")?.cast_unsigned(),
        taken_at: rows::moment(row, 2, "taken_at")?,
        state: Payload::from_json(rows::utf8(rows::required(row, 3, "state")?, "state")?),
    })
}

pub(super) async fn save(
    connection: &mut PgConnection,
    statements: &Statements,
    snapshot: &Snapshot,
) -> Result<(), Failure> {
    let version = limits::check_number("version of the snapshot", snapshot.version.value())?;
    sqlx::query(statements.save_snapshot.safe())
        .bind(snapshot.stream.aggregate().as_str())
        .bind(snapshot.stream.id().to_string())
        .bind(version)
        .bind(snapshot.fingerprint.cast_signed())
        .bind(Time::new("snapshot's time", snapshot.taken_at)?)
        .bind(Json(snapshot.state.as_json()))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn delete(link: &mut Link, statements: &Statements, stream: &StreamId) -> Result<(), Failure> {
    sqlx::query(statements.delete_snapshot.safe())
        .bind(stream.aggregate().as_str())
        .bind(stream.id().to_string())
        .execute(&mut link.connection)
        .await?;
    Ok(())
}
