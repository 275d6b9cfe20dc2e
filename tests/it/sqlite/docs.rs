//! What the guide shows of a store is what there is.

use super::versions::lived_in;
use super::{file, raw};
use crate::support::blocks_of_the_guide;

#[tokio::test]
async fn every_query_of_the_guide_finds_something() {
    let (path, _folder) = file();
    lived_in(&path).await;
    let raw = raw(&path);
    let queries = blocks_of_the_guide("SQLite", "sql");
    assert!(queries.len() > 10, "{} queries", queries.len());
    for query in queries {
        // The guide speaks of users, the store has notes.
        let query = query.replace("user/42", "sqlite_note/1").replace("user_registered", "sqlite_noted");
        let mut statement = raw.prepare(&query).unwrap_or_else(|error| panic!("{error}:\n{query}"));
        let found = statement.exists([]).unwrap_or_else(|error| panic!("{error}:\n{query}"));
        assert!(found, "nothing is found by\n{query}");
    }
}
