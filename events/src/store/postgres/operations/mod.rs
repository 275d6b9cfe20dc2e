//! What operators have done and asked for.

mod request;
mod rows;
mod run;

pub(super) use request::{claim, finish, request};
pub(super) use run::{advance, progress, stop};

use sqlx::postgres::{PgArguments, PgConnection};

use super::conditions::Query;
use super::link::{Failure, Link};
use super::rows::limit;
use super::statements::Statements;
use crate::error::{Error, ErrorKind};
use crate::store::{Operation, OperationId};

/// The newest first.
pub(super) async fn newest(link: &mut Link, statements: &Statements, most: usize) -> Result<Vec<Operation>, Failure> {
    let mut query = Query::new(&statements.read_operations);
    query.push("\nORDER BY operation_id DESC\nLIMIT ").value(limit(most))?;
    read(&mut link.connection, query.finish()).await
}

pub(super) async fn open(link: &mut Link, statements: &Statements) -> Result<Vec<Operation>, Failure> {
    let mut query = Query::new(&statements.read_operations);
    query.and("state IN ('requested', 'running')").push("\nORDER BY operation_id");
    read(&mut link.connection, query.finish()).await
}

pub(super) async fn get(
    link: &mut Link,
    statements: &Statements,
    id: OperationId,
) -> Result<Option<Operation>, Failure> {
    one(&mut link.connection, statements, id).await
}

pub(super) async fn last(link: &mut Link, statements: &Statements) -> Result<Option<OperationId>, Failure> {
    let last = sqlx::query_scalar(statements.last_operation.safe());
    Ok(last.fetch_optional(&mut link.connection).await?.map(OperationId::new))
}

async fn one(
    connection: &mut PgConnection,
    statements: &Statements,
    id: OperationId,
) -> Result<Option<Operation>, Failure> {
    let mut query = Query::new(&statements.read_operations);
    query.and("operation_id = ").value(id.value())?;
    Ok(read(connection, query.finish()).await?.pop())
}

async fn read(
    connection: &mut PgConnection,
    (sql, values): (sqlx::AssertSqlSafe<String>, PgArguments),
) -> Result<Vec<Operation>, Failure> {
    let rows = sqlx::query_with(sql, values).fetch_all(connection).await?;
    Ok(rows.iter().map(rows::operation).collect::<Result<_, _>>().map_err(rows::damaged)?)
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let failed = |error| Error::new(ErrorKind::Internal, "an operation can't be written as JSON").with_source(error);
    serde_json::to_string(value).map_err(failed)
}
