//! Stores that are opened to be read alone.

use events::prelude::*;
use events::store::{AppendError, LetterAction, LetterChange, LogQuery, PostgresBackend, Snapshot, StorageBackend};
use events::{ErrorKind, Version};
use events_tests::postgres::{Scratch, shared_server};

use super::stores::{commit, number, open, raw, run, stream, versions};

#[tokio::test]
async fn what_another_writes_is_read_and_nothing_written() {
    let Some(url) = shared_server().get() else { return };
    let scratch = Scratch::at(url);
    let store = open(scratch.options().unwrap()).await.unwrap();
    store.append(commit("a", 2)).await.unwrap();
    let backend = PostgresBackend::open(scratch.options().unwrap().read_only()).await.unwrap();
    let error = backend.append(commit("a", 1)).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.kind() == ErrorKind::Unsupported), "{error:?}");
    let state = store.read_stream(&stream("a"), Default::default()).await.unwrap()[0].payload().clone();
    let taken_at = chrono::Utc::now();
    let snapshot = Snapshot { stream: stream("a"), version: Version::new(1), fingerprint: 1, taken_at, state };
    let (letters, at) = (LetterQuery::all(), taken_at);
    let discard = LetterChange { action: LetterAction::Discard, letters, by: "ada".into(), reason: "why".into(), at };
    let refusals = [
        backend.save_snapshot(snapshot).await.unwrap_err(),
        backend.change_letters(discard).await.unwrap_err(),
        backend.end_process("me".into()).await.unwrap_err(),
        backend.begin().await.err().unwrap(),
    ];
    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
        assert!(error.to_string().contains("`PostgresOptions::read_only`"));
    }
    let reader = EventStore::new(backend);
    store.append(commit("a", 1)).await.unwrap();
    assert_eq!(versions(&reader, "a").await, [1, 2, 3]);
    assert_eq!(reader.stats().await.unwrap(), store.stats().await.unwrap());
    assert_eq!(reader.held_back().await.unwrap(), None);
    assert_eq!(events::DurableHandlers::new(reader.clone()).lag().await.unwrap(), []);
    assert_eq!(reader.read_log(LogQuery::new()).await.unwrap().events().len(), 3);
    reader.close().await.unwrap();
}

#[tokio::test]
async fn no_store_is_made_to_be_read() {
    let Some(url) = shared_server().get() else { return };
    let scratch = Scratch::at(url);
    let error = open(scratch.options().unwrap().read_only()).await.unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains(scratch.schema()), "{error:?}");
    let mut connection = raw(&scratch).await;
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'";
    assert_eq!(number(&mut connection, &scratch, schemas).await, 0);
    run(&mut connection, &scratch, "CREATE SCHEMA {schema}; CREATE TABLE {schema}.orders ()").await.unwrap();
    assert!(open(scratch.options().unwrap().read_only()).await.unwrap_err().is_invalid());
}
