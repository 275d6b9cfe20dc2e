//! One call of the function `append`: what goes in, and what comes out.

mod answer;
mod known;
mod lists;

pub(super) use answer::Outcome;
pub(super) use known::find;

use sqlx::postgres::PgConnection;

use self::lists::Lists;
use super::link::Failure;
use super::statements::Sql;
use crate::store::Append;

/// How an append goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It leaves commits out whose streams others hold, and looks for the first id of each commit. An
    /// id further back that is there already is an error of the whole group.
    Quick,
    /// It waits for streams, and looks for all ids. For single commits.
    Careful,
}

/// Appends commits in one statement, and says what became of each.
pub(super) async fn run(
    connection: &mut PgConnection,
    sql: &Sql,
    commits: &[&Append],
    mode: Mode,
) -> Result<Vec<Outcome>, Failure> {
    let lists = Lists::of(commits, mode)?;
    let row = lists.bind(sqlx::query(sql.safe())).fetch_one(connection).await?;
    answer::read(&row, commits, &lists)
}
