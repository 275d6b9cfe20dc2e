//! Snapshots: which one stays.

use super::support::{Case, append, drafts, second, stream, stream_of};
use crate::event::Payload;
use crate::id::{StreamId, Version};
use crate::store::{EventStore, Snapshot};

fn snapshot(stream: &StreamId, version: u64, fingerprint: u64) -> Snapshot {
    Snapshot {
        stream: stream.clone(),
        version: Version::new(version),
        fingerprint,
        taken_at: second(12) + chrono::TimeDelta::microseconds(345_678),
        state: Payload::from_json(format!(r#"{{"version":{version},"name":"Zoë"}}"#)),
    }
}

/// A snapshot comes back as it was saved, for its own stream only, until it is deleted.
pub async fn a_snapshot_comes_back_as_it_was(store: EventStore) -> Case {
    let (one, two) = (stream("one"), stream_of("contract_other", "one"));
    append(&store, &drafts(&one, 3)).await?;
    assert_eq!(store.load_snapshot(&one).await?, None);
    for fingerprint in [0, 1, u64::MAX, 1 << 63] {
        let saved = snapshot(&one, 3, fingerprint);
        store.save_snapshot(saved.clone()).await?;
        assert_eq!(store.load_snapshot(&one).await?, Some(saved));
    }
    assert_eq!(store.load_snapshot(&two).await?, None);
    assert_eq!(store.stats().await?.snapshots, 1);
    store.delete_snapshot(&two).await?;
    assert!(store.load_snapshot(&one).await?.is_some());
    store.delete_snapshot(&one).await?;
    store.delete_snapshot(&one).await?;
    assert_eq!(store.load_snapshot(&one).await?, None);
    assert_eq!(store.stats().await?.snapshots, 0);
    Ok(())
}

/// An older snapshot doesn't replace a newer one of the same fingerprint; one of another does.
pub async fn an_older_snapshot_does_not_replace_a_newer_one(store: EventStore) -> Case {
    let stream = stream("one");
    let kept = async || store.load_snapshot(&stream).await;
    store.save_snapshot(snapshot(&stream, 5, 1)).await?;
    store.save_snapshot(snapshot(&stream, 4, 1)).await?;
    assert_eq!(kept().await?, Some(snapshot(&stream, 5, 1)));
    store.save_snapshot(snapshot(&stream, 6, 1)).await?;
    assert_eq!(kept().await?, Some(snapshot(&stream, 6, 1)));
    store.save_snapshot(snapshot(&stream, 2, 2)).await?;
    assert_eq!(kept().await?, Some(snapshot(&stream, 2, 2)));
    let mut retaken = snapshot(&stream, 2, 2);
    retaken.taken_at = second(99);
    store.save_snapshot(retaken.clone()).await?;
    assert_eq!(kept().await?, Some(retaken));
    Ok(())
}

/// A version that no database can count to is refused.
pub async fn an_absurd_version_is_refused(store: EventStore) -> Case {
    let stream = stream("one");
    let error = store.save_snapshot(snapshot(&stream, u64::MAX, 1)).await.err();
    assert!(error.is_some_and(|error| error.is_invalid()));
    assert_eq!(store.load_snapshot(&stream).await?, None);
    Ok(())
}
