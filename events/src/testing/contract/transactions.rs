//! Transactions: what a handler writes, and what its lane does, are one.

use std::time::Duration;

use super::delivery::{advance, begin, declare, is_written, lane_letter, lane_row, register, start, take};
use super::support::{Case, Draft, append, commit, draft_ids, drafts, ids, read, read_log, stream, versions};
use crate::error::BoxError;
use crate::event::RecordedEvent;
use crate::id::{Position, StreamId, Version};
use crate::store::{
    AppendError, AppendStatus, BeginsAt, EventFilter, EventStore, ExpectedVersion, Lane, LaneAnswer, LaneWrite,
    LetterQuery, LogQuery,
};

fn is_lost(answer: &LaneAnswer) -> bool {
    matches!(answer, LaneAnswer::Lost)
}

async fn checkpoint(store: &EventStore) -> Result<u64, BoxError> {
    Ok(lane_row(store, "h", 0).await?.checkpoint.value())
}

/// With a commit both are there: the events of the transaction, and the lane's part.
pub async fn a_transaction_is_committed_with_the_lane(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let (one, two) = (stream("one"), stream("two"));
    append(&store, &drafts(&one, 2)).await?;
    let mut transaction = begin(&store).await?;
    let events = [Draft::new(&one), Draft::new(&two)];
    let first =
        transaction.append(commit(&events)?.expect(one.clone(), ExpectedVersion::Exact(Version::new(2)))).await?;
    assert_eq!(first.status(), AppendStatus::Committed);
    let more = [Draft::new(&one)];
    let next = transaction.append(commit(&more)?).await?;
    let lane_write = LaneWrite { letters: vec![lane_letter(&lane, 2, None)], ..advance(&lane, 0, 2) };
    let answer = transaction.commit(lane_write).await?;
    let LaneAnswer::Written { letters } = answer else { return Err("the lane is lost".into()) };
    assert_eq!(letters.len(), 1);
    assert_eq!(checkpoint(&store).await?, 2);
    assert_eq!(versions(&read(&store, &one).await?), [1, 2, 3, 4]);
    assert_eq!(versions(&read(&store, &two).await?), [1]);
    let log = read_log(&store, &EventFilter::new(), 9).await?;
    let told = first.recordings().iter().chain(next.recordings()).map(|recording| recording.position);
    assert!(log.iter().skip(2).map(RecordedEvent::position).eq(told));
    // The commit again is the same, in a transaction and outside.
    let mut transaction = begin(&store).await?;
    assert_eq!(transaction.append(commit(&events)?).await?.status(), AppendStatus::Duplicate);
    transaction.roll_back().await?;
    assert_eq!(append(&store, &more).await?.status(), AppendStatus::Duplicate);
    Ok(())
}

/// Without a commit nothing is there, and nothing stands in others' way.
pub async fn a_transaction_without_commit_is_undone(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let stream = stream("one");
    for number in 0..3 {
        let mut transaction = begin(&store).await?;
        transaction.append(commit(&drafts(&stream, 2))?).await?;
        match number {
            0 => transaction.roll_back().await?,
            1 => drop(transaction),
            _ => {
                drop(transaction.append(commit(&drafts(&stream, 2))?));
                drop(transaction);
            }
        }
        assert!(read(&store, &stream).await?.is_empty());
        assert!(is_written(&store, advance(&lane, number, number + 1)).await?);
    }
    append(&store, &drafts(&stream, 2)).await?;
    assert_eq!(versions(&read(&store, &stream).await?), [1, 2]);
    Ok(())
}

/// If the lane is lost, or its part is refused, so is what the handler has done.
pub async fn a_lost_lane_undoes_the_transaction(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let zombie = take(&store, "h", "me", 0).await?.lane;
    let lane = take(&store, "h", "you", 20).await?.lane;
    let stream = stream("one");
    let letters = vec![lane_letter(&lane, 1, None)];
    for lost in [advance(&zombie, 0, 1), LaneWrite { letters, ..advance(&lane, 1, 2) }] {
        let mut transaction = begin(&store).await?;
        transaction.append(commit(&drafts(&stream, 2))?).await?;
        assert!(is_lost(&transaction.commit(lost).await?));
        assert!(read(&store, &stream).await?.is_empty());
    }
    let mut transaction = begin(&store).await?;
    transaction.append(commit(&drafts(&stream, 2))?).await?;
    let error = transaction.commit(advance(&lane, 0, u64::MAX)).await.err();
    assert!(error.is_some_and(|error| error.is_invalid()));
    assert!(read(&store, &stream).await?.is_empty());
    assert!(store.backend().letters(LetterQuery::new()).await?.is_empty());
    assert_eq!(checkpoint(&store).await?, 0);
    // A lane that is taken over while the transaction is open, where that is possible, is lost too.
    let mut transaction = begin(&store).await?;
    transaction.append(commit(&drafts(&stream, 1))?).await?;
    let taking = tokio::spawn({
        let store = store.clone();
        async move { take(&store, "h", "third", 99).await.map_err(|error| error.to_string()) }
    });
    let answer = transaction.commit(advance(&lane, 0, 1)).await?;
    let lease = taking.await??;
    let written = !is_lost(&answer);
    assert_eq!((checkpoint(&store).await? == 1, lease.checkpoint.value() == 1), (written, written));
    assert_eq!(read(&store, &stream).await?.len(), usize::from(written));
    Ok(())
}

/// What the store refuses has written nothing, and the transaction goes on.
pub async fn a_refused_append_leaves_the_transaction_usable(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let (one, two) = (stream("one"), stream("two"));
    let known = drafts(&one, 2);
    append(&store, &known).await?;
    let mut transaction = begin(&store).await?;
    let first = drafts(&two, 1);
    transaction.append(commit(&first)?).await?;
    let conflict = commit(&drafts(&two, 1))?.expect(two.clone(), ExpectedVersion::NoStream);
    let refused = transaction.append(conflict).await;
    assert!(matches!(refused, Err(AppendError::Conflict { actual, .. }) if actual.value() == 1), "{refused:?}");
    let overlap: Vec<_> = known.iter().take(1).cloned().chain(drafts(&two, 1)).collect();
    let refused = transaction.append(commit(&overlap)?).await;
    assert!(matches!(refused, Err(AppendError::PartialDuplicate { present: 1, total: 2, .. })), "{refused:?}");
    let reused: Vec<_> = first.iter().map(|draft| draft.clone().with_text("other")).collect();
    let refused = transaction.append(commit(&reused)?).await;
    assert!(matches!(refused, Err(AppendError::EventIdReused { .. })), "{refused:?}");
    let last = drafts(&two, 1);
    transaction.append(commit(&last)?).await?;
    assert!(!is_lost(&transaction.commit(advance(&lane, 0, 1)).await?));
    assert_eq!(ids(&read(&store, &two).await?), [draft_ids(&first), draft_ids(&last)].concat());
    Ok(())
}

/// Transactions of many lanes, and appends beside them, are all there in the end; a reader that goes
/// from page to page meanwhile, and never beyond the end of the log, misses none of their events.
pub async fn many_transactions_miss_nothing(store: EventStore) -> Case {
    const LANES: u32 = 6;
    const ROUNDS: u64 = 10;
    register(&store, &[declare("h", BeginsAt::Start, LANES)], 0).await?;
    let mut tasks = Vec::new();
    for number in 0..LANES {
        let lane = take(&store, "h", "me", 0).await?.lane;
        tasks.push(tokio::spawn(work(store.clone(), lane, stream(&format!("own-{number}")), ROUNDS)));
    }
    let total = usize::try_from(u64::from(LANES) * ROUNDS * 3)?;
    let seen = tokio::time::timeout(Duration::from_secs(120), tail(&store, total)).await??;
    for task in tasks {
        task.await??;
    }
    assert_eq!(ids(&seen), ids(&read_log(&store, &EventFilter::new(), 1_000).await?));
    assert_eq!(read(&store, &stream("shared")).await?.len() as u64, u64::from(LANES) * ROUNDS);
    for partition in 0..LANES {
        assert_eq!(lane_row(&store, "h", partition).await?.checkpoint.value(), ROUNDS);
    }
    Ok(())
}

/// In each round an event beside the transaction, and two in it; every third is rolled back first.
async fn work(store: EventStore, lane: Lane, own: StreamId, rounds: u64) -> Case {
    for round in 0..rounds {
        append(&store, &drafts(&own, 1)).await?;
        let commit = || commit(&[Draft::new(&own), Draft::new(&stream("shared"))]);
        let mut transaction = begin(&store).await?;
        transaction.append(commit()?).await?;
        tokio::task::yield_now().await;
        if round % 3 == 2 {
            transaction.roll_back().await?;
            transaction = begin(&store).await?;
            transaction.append(commit()?).await?;
        }
        assert!(!is_lost(&transaction.commit(advance(&lane, round, round + 1)).await?));
    }
    Ok(())
}

/// Reads so many events, and never beyond the end of the log.
async fn tail(store: &EventStore, total: usize) -> Result<Vec<RecordedEvent>, crate::Error> {
    let mut seen: Vec<RecordedEvent> = Vec::new();
    let mut after = Position::START;
    while seen.len() < total {
        let end = store.backend().log_end().await?;
        while after < end {
            let page = store.read_log(LogQuery::new().after(after).with_limit(7)).await?;
            let before = seen.len();
            seen.extend(page.into_events().into_iter().filter(|event| event.position() <= end));
            after = seen.get(before..).and_then(<[_]>::last).map_or(end, RecordedEvent::position);
        }
        tokio::task::yield_now().await;
    }
    Ok(seen)
}
