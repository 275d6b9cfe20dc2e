//! The end of a store.

use super::letters::letter;
use super::support::{Case, append, commit, drafts, refused, second, stream};
use crate::error::Error;
use crate::event::Payload;
use crate::id::Version;
use crate::store::{
    AppendError, ClaimLetters, EventFilter, EventStore, LetterAction, LetterChange, LetterId, LetterPurge, LetterQuery,
    LetterStatus, LogQuery, Snapshot, StreamQuery,
};

/// What is under way is finished; after that every call is refused, on every handle. Closing twice
/// is no mistake.
pub async fn everything_after_close_is_refused(store: EventStore) -> Case {
    let stream = stream("one");
    append(&store, &drafts(&stream, 2)).await?;
    let other = store.clone();
    let under_way: Vec<_> = (0..8)
        .map(|number| {
            let (store, stream) = (store.clone(), super::support::stream(&format!("{number}")));
            tokio::spawn(async move { append(&store, &drafts(&stream, 2)).await.map(drop).map_err(|e| e.to_string()) })
        })
        .collect();
    store.close().await?;
    for task in under_way {
        // Whether it came before or after is open; it must only come to an end.
        drop(task.await?);
    }
    store.close().await?;
    for store in [store, other] {
        let error = refused(&store, commit(&drafts(&stream, 1))?).await?;
        assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
        closed(store.read_stream(&stream, StreamQuery::new()).await);
        closed(store.read_log(LogQuery::new()).await);
        closed(store.stream_version(&stream).await);
        closed(store.count(EventFilter::new()).await);
        closed(store.stats().await);
        closed(store.load_snapshot(&stream).await);
        closed(store.delete_snapshot(&stream).await);
        let (taken_at, state) = (second(0), Payload::from_json("{}"));
        let (stream, version) = (stream.clone(), Version::new(1));
        closed(store.save_snapshot(Snapshot { stream, version, fingerprint: 1, taken_at, state }).await);
        letters_are_closed(&store).await?;
    }
    Ok(())
}

async fn letters_are_closed(store: &EventStore) -> Case {
    let backend = store.backend();
    closed(backend.write_letters(vec![letter("h", 1)]).await);
    closed(backend.letters(LetterQuery::new()).await);
    closed(backend.letter_attempts(LetterId::new(1)).await);
    let (handlers, owner) = (vec!["h".into()], "me".to_owned());
    let claim = ClaimLetters { handlers, now: second(0), owner, lease_until: second(9), limit: 1 };
    closed(backend.claim_letters(claim).await);
    closed(backend.next_letter_due(vec!["h".into()]).await);
    let (by, reason) = ("me".to_owned(), "test".to_owned());
    let change = LetterChange { action: LetterAction::Redrive, letters: LetterQuery::new(), by, reason, at: second(0) };
    closed(backend.change_letters(change).await);
    closed(backend.purge_letters(LetterPurge { status: LetterStatus::Resolved, before: second(0), said: None }).await);
    closed(backend.letter_stats().await);
    closed(backend.operations(1).await);
    Ok(())
}

fn closed<T>(result: Result<T, Error>) {
    assert!(result.err().is_some_and(|error| error.is_unavailable()), "a closed store has answered");
}
