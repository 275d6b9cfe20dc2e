//! Stores for the tests.

use events::prelude::*;
use events_tests::postgres::{Scratch, shared_server};

/// A store in a schema that is removed with the guard; none if there is no server and need not be.
pub(crate) async fn in_a_schema() -> Option<(EventStore, Scratch)> {
    let scratch = Scratch::at(shared_server().get()?);
    Some((scratch.open().await.unwrap(), scratch))
}
