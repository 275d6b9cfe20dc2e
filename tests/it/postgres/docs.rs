//! What the guide shows of a store is what there is.

use sqlx::{AssertSqlSafe, Executor};

use super::stores::{in_a_schema, raw, run};
use crate::sqlite::live_in;
use crate::support::blocks_of_the_guide;

#[tokio::test]
async fn every_query_of_the_guide_finds_something() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    live_in(&store).await;
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "SET search_path TO {schema}").await.unwrap();
    let queries = blocks_of_the_guide("PostgreSQL", "sql");
    assert!(queries.len() > 10, "{} queries", queries.len());
    for query in queries {
        // The guide speaks of users, the store has notes.
        let query = query.replace("user/42", "sqlite_note/1").replace("user_registered", "sqlite_noted");
        let found = connection.fetch_all(AssertSqlSafe(query.clone())).await;
        let found = found.unwrap_or_else(|error| panic!("{error}:\n{query}"));
        assert!(!found.is_empty(), "nothing is found by\n{query}");
    }
}
