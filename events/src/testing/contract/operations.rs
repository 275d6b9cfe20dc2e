//! What operators do to letters, and the statistics they look at.

use super::letters::{claim, failure, finish, get, letter, write};
use super::support::{Case, second};
use crate::error::BoxError;
use crate::handler::Class;
use crate::id::EventId;
use crate::store::{
    AttemptOutcome, EventStore, LetterAction, LetterChange, LetterId, LetterLane, LetterPurge, LetterQuery,
    LetterStats, LetterStatus, NewLetter, OperationKind, OperationState, PurgeSaid,
};

async fn change(
    store: &EventStore,
    action: LetterAction,
    letters: LetterQuery,
    at: i64,
) -> Result<Vec<LetterId>, BoxError> {
    let (by, reason, at) = ("ada".to_owned(), format!("at {at}"), second(at));
    Ok(store.backend().change_letters(LetterChange { action, letters, by, reason, at }).await?)
}

async fn dead(store: &EventStore, handler: &str, position: u64) -> Result<LetterId, BoxError> {
    write(store, NewLetter { next_attempt_at: None, ..letter(handler, position) }).await
}

/// Redrive: a dead letter is retrying again with all its attempts, a retrying one is due.
pub async fn a_redriven_letter_is_due(store: EventStore) -> Case {
    let gone = dead(&store, "h", 1).await?;
    let waiting = write(&store, letter("h", 2)).await?;
    assert_eq!(change(&store, LetterAction::Redrive, LetterQuery::new(), 3).await?, [gone, waiting]);
    let read = get(&store, gone).await?;
    assert_eq!((read.status, read.next_attempt_at), (LetterStatus::Retrying, Some(second(3))));
    assert_eq!((read.attempts, read.attempts_before, read.attempts_in_cycle()), (1, 1, 0));
    let read = get(&store, waiting).await?;
    assert_eq!((read.next_attempt_at, read.attempts_before), (Some(second(3)), 0));
    assert_eq!(claim(&store, &["h"], "me", 3, 9).await?, [gone, waiting]);
    // An attempt that is under way is not taken away by a redrive.
    change(&store, LetterAction::Redrive, LetterQuery::new().id(waiting), 4).await?;
    assert_eq!(claim(&store, &["h"], "you", 5, 9).await?, []);
    assert!(finish(&store, waiting, "me", 5, AttemptOutcome::Resolved).await?);
    assert_eq!(change(&store, LetterAction::Redrive, LetterQuery::new().id(waiting), 6).await?, []);
    Ok(())
}

/// Discard gives up what is retrying or dead, under a lease or not; restore makes it dead again.
pub async fn a_letter_is_discarded_and_restored(store: EventStore) -> Case {
    let gone = dead(&store, "h", 1).await?;
    let waiting = write(&store, letter("h", 2)).await?;
    claim(&store, &["h"], "me", 10, 1).await?;
    assert_eq!(change(&store, LetterAction::Restore, LetterQuery::new(), 11).await?, []);
    assert_eq!(change(&store, LetterAction::Discard, LetterQuery::new(), 11).await?, [gone, waiting]);
    assert!(!finish(&store, waiting, "me", 12, AttemptOutcome::Resolved).await?, "it was discarded meanwhile");
    for id in [gone, waiting] {
        let read = get(&store, id).await?;
        assert_eq!((read.status, read.closed_at), (LetterStatus::Discarded, Some(second(11))));
        assert_eq!(read.next_attempt_at, None);
    }
    assert_eq!(change(&store, LetterAction::Discard, LetterQuery::new(), 13).await?, []);
    assert_eq!(change(&store, LetterAction::Redrive, LetterQuery::new(), 13).await?, []);
    assert_eq!(change(&store, LetterAction::Restore, LetterQuery::new().id(waiting), 14).await?, [waiting]);
    let read = get(&store, waiting).await?;
    assert_eq!((read.status, read.closed_at, read.next_attempt_at), (LetterStatus::Dead, None, None));
    assert!(!finish(&store, waiting, "me", 15, AttemptOutcome::Resolved).await?, "its lease is gone");
    Ok(())
}

/// What is held is discarded and goes on holding up what waits behind it, until it is released or
/// restored; it isn't purged.
pub async fn a_held_letter_is_released(store: EventStore) -> Case {
    let (gone, waiting) = (dead(&store, "h", 1).await?, write(&store, letter("h", 2)).await?);
    let other = dead(&store, "h", 3).await?;
    change(&store, LetterAction::Discard, LetterQuery::new().id(other), 10).await?;
    assert_eq!(change(&store, LetterAction::Release, LetterQuery::all(), 11).await?, []);
    assert_eq!(change(&store, LetterAction::Hold, LetterQuery::all(), 12).await?, [gone, waiting]);
    for (query, letters) in [
        (LetterQuery::new().held(), vec![gone, waiting]),
        (LetterQuery::new().blocking(), vec![gone, waiting]),
        (LetterQuery::new().blocking().id(other), vec![]),
    ] {
        let read = store.backend().letters(query.clone()).await?;
        assert!(read.iter().all(|letter| query.matches(letter) && letter.status == LetterStatus::Discarded));
        assert_eq!(read.iter().map(|letter| letter.id).collect::<Vec<_>>(), letters);
    }
    let read = get(&store, waiting).await?;
    assert_eq!((read.closed_at, read.next_attempt_at, read.held), (Some(second(12)), None, true));
    assert_eq!(change(&store, LetterAction::Hold, LetterQuery::all(), 13).await?, []);
    assert_eq!(
        store
            .backend()
            .purge_letters(LetterPurge { status: LetterStatus::Discarded, before: second(999), said: None })
            .await?,
        1
    );
    assert_eq!(change(&store, LetterAction::Release, LetterQuery::new().id(gone), 14).await?, [gone]);
    assert!(!get(&store, gone).await?.held);
    assert_eq!(change(&store, LetterAction::Restore, LetterQuery::new().id(waiting), 15).await?, [waiting]);
    assert!(!get(&store, waiting).await?.held);
    let kinds: Vec<_> = store.backend().operations(9).await?.iter().map(|row| row.action).collect();
    use OperationKind::{Discard, Hold, Release, Restore};
    assert_eq!(kinds, [Restore, Release, Hold, Hold, Release, Discard]);
    Ok(())
}

/// Every change leaves an audit row, newest first, whether it changed anything or not.
pub async fn changes_are_audited(store: EventStore) -> Case {
    let ids = [dead(&store, "h", 1).await?, dead(&store, "h", 2).await?];
    change(&store, LetterAction::Redrive, LetterQuery::new().with_limit(1), 1).await?;
    change(&store, LetterAction::Discard, LetterQuery::new(), 2).await?;
    change(&store, LetterAction::Discard, LetterQuery::new(), 3).await?;
    let operations = store.backend().operations(9).await?;
    let seen: Vec<_> = operations.iter().map(|row| (row.action, row.at, row.letters.clone())).collect();
    let [first, second_id] = ids;
    assert_eq!(
        seen,
        [
            (OperationKind::Discard, second(3), vec![]),
            (OperationKind::Discard, second(2), vec![first, second_id]),
            (OperationKind::Redrive, second(1), vec![first]),
        ]
    );
    assert!(operations.iter().all(|row| row.by == "ada" && row.reason.starts_with("at ")));
    assert_eq!(store.backend().operations(1).await?.as_slice(), operations.get(..1).unwrap_or_default());
    assert!(store.backend().operations(0).await?.is_empty());
    Ok(())
}

/// Queries, one by one and together, pick what [`LetterQuery::matches`] picks, oldest first, in pages.
pub async fn letter_queries_agree_with_the_reference(store: EventStore) -> Case {
    fill(&store).await?;
    let all = store.backend().letters(LetterQuery::new()).await?;
    assert!(all.is_sorted_by(|left, right| left.id < right.id) && all.len() == 12);
    let ids: Vec<_> = all.iter().map(|letter| (letter.id, letter.event_id)).collect();
    let [(first, event), (_, other), (third, _), ..] = ids.as_slice() else { return Err("no letters".into()) };
    for query in queries([*first, *third], [*event, *other]) {
        let wanted: Vec<_> = all.iter().filter(|letter| query.matches(letter)).map(|letter| letter.id).collect();
        let mut paged = Vec::new();
        loop {
            let last = paged.last().copied();
            let next = last.map_or_else(|| query.clone(), |last| query.clone().after(last)).with_limit(2);
            let page = store.backend().letters(next).await?;
            if page.is_empty() {
                break;
            }
            paged.extend(page.iter().map(|letter| letter.id));
        }
        assert_eq!(paged, wanted, "{query:?}");
    }
    Ok(())
}

/// Every condition of a query, and several at once.
fn queries([first, third]: [LetterId; 2], [event, other]: [EventId; 2]) -> Vec<LetterQuery> {
    vec![
        LetterQuery::all(),
        LetterQuery::new().id(first).id(third),
        LetterQuery::new().ids([first]).id(third),
        LetterQuery::new().event_ids([event, other]),
        LetterQuery::new().status(LetterStatus::Dead),
        LetterQuery::new().status(LetterStatus::Resolved).status(LetterStatus::Discarded),
        LetterQuery::new().handler("odd"),
        LetterQuery::new().event("contract_rare"),
        LetterQuery::new().event_id(event).event_id(other),
        LetterQuery::new().class(Class::Panic),
        LetterQuery::new().fingerprint(failure(2, Class::Panic).fingerprint),
        LetterQuery::new().after(third),
        LetterQuery::new().handler("even").status(LetterStatus::Retrying).after(first).class(Class::Transient),
        LetterQuery::new().handler("odd").event("contract_rare").status(LetterStatus::Dead),
        LetterQuery::new().handler("none"),
        LetterQuery::new().partition(0),
        LetterQuery::new().partition(2).handler("even"),
        LetterQuery::new().partition(u32::MAX),
        LetterQuery::new().due(second(102)),
        LetterQuery::new().due(second(101) - chrono::TimeDelta::nanoseconds(1)),
        LetterQuery::new().handler("even").partition(2).due(second(999)).after(first),
        LetterQuery::new().due(second(999)).status(LetterStatus::Dead),
    ]
}

/// A query with an empty list of letters or events picks nothing, to be read or to be changed.
pub async fn an_empty_list_picks_no_letter(store: EventStore) -> Case {
    fill(&store).await?;
    let all = store.backend().letters(LetterQuery::all()).await?;
    for query in [LetterQuery::new().ids([]), LetterQuery::new().event_ids([]), LetterQuery::all().ids([])] {
        assert!(all.iter().all(|letter| !query.matches(letter)));
        assert!(store.backend().letters(query.clone()).await?.is_empty());
        for action in [LetterAction::Redrive, LetterAction::Discard, LetterAction::Restore] {
            assert!(change(&store, action, query.clone(), 20).await?.is_empty());
        }
    }
    assert_eq!(store.backend().letters(LetterQuery::new()).await?, all);
    Ok(())
}

/// Twelve letters of two handlers, of every status and several classes.
async fn fill(store: &EventStore) -> Case {
    for number in 0..12_u64 {
        let at = i64::try_from(number)?;
        let class = if number % 3 == 2 { Class::Panic } else { Class::Transient };
        let handler = if number % 2 == 0 { "even" } else { "odd" };
        let event = if number % 4 == 3 { "contract_rare" } else { "contract_noted" };
        let (event, attempt, next_attempt_at) = (event.into(), Some(failure(at, class)), Some(second(100 + at % 4)));
        let lane = (number % 5 > 1).then(|| LetterLane { partition: u32::from(number % 5 > 2) * 2, key: None });
        let new = NewLetter { event, attempt, next_attempt_at, lane, ..letter(handler, number) };
        let id = write(store, new).await?;
        let query = LetterQuery::new().id(id);
        match number % 6 {
            1 | 3 => drop(change(store, LetterAction::Discard, query, at).await?),
            5 => {
                change(store, LetterAction::Discard, query.clone(), at).await?;
                change(store, LetterAction::Restore, query, at).await?;
            }
            4 => {
                change(store, LetterAction::Redrive, query, at).await?;
                assert_eq!(claim(store, &[handler], "me", at, 1).await?, [id]);
                assert!(finish(store, id, "me", at, AttemptOutcome::Resolved).await?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Statistics are what a recount of the letters gives.
pub async fn letter_statistics_equal_a_recount(store: EventStore) -> Case {
    assert_eq!(store.backend().letter_stats().await?, LetterStats::default());
    fill(&store).await?;
    let mut recount = LetterStats::default();
    for letter in store.backend().letters(LetterQuery::new()).await? {
        *recount.by_status.entry(letter.status).or_default() += 1;
        *recount.by_handler.entry(letter.handler.clone()).or_default().entry(letter.status).or_default() += 1;
        if !letter.status.is_closed() {
            let oldest = recount.oldest_open.map_or(letter.first_failed_at, |at| at.min(letter.first_failed_at));
            recount.oldest_open = Some(oldest);
        }
    }
    assert_eq!(store.backend().letter_stats().await?, recount);
    assert_eq!(recount.by_status.len(), LetterStatus::ALL.len());
    Ok(())
}

/// Only letters that are closed, and were before that time, are removed, with their attempts; a
/// number is never given out again.
pub async fn only_closed_letters_are_purged(store: EventStore) -> Case {
    fill(&store).await?;
    let all = store.backend().letters(LetterQuery::new()).await?;
    for status in [LetterStatus::Retrying, LetterStatus::Dead] {
        assert_eq!(store.backend().purge_letters(LetterPurge { status, before: second(999), said: None }).await?, 0);
    }
    let old = |letter: &crate::store::FailedEvent| {
        letter.status == LetterStatus::Discarded && letter.closed_at.is_some_and(|at| at < second(7))
    };
    let purged = store
        .backend()
        .purge_letters(LetterPurge { status: LetterStatus::Discarded, before: second(7), said: None })
        .await?;
    assert_eq!(purged, all.iter().filter(|letter| old(letter)).count() as u64);
    assert!(purged > 0 && purged < 4, "the test has letters on both sides of the time");
    let left: Vec<_> = all.iter().filter(|letter| !old(letter)).cloned().collect();
    assert_eq!(store.backend().letters(LetterQuery::new()).await?, left);
    for letter in all.iter().filter(|letter| old(letter)) {
        assert!(store.backend().letter_attempts(letter.id).await?.is_empty());
    }
    store
        .backend()
        .purge_letters(LetterPurge { status: LetterStatus::Discarded, before: second(999), said: None })
        .await?;
    store
        .backend()
        .purge_letters(LetterPurge { status: LetterStatus::Resolved, before: second(999), said: None })
        .await?;
    let last = all.last().map(|letter| letter.id);
    assert!(Some(write(&store, letter("h", 1)).await?) > last);
    Ok(())
}

/// Who has letters removed is in the audit, with how many they were; a retention that removes them isn't.
pub async fn a_purge_is_audited(store: EventStore) -> Case {
    fill(&store).await?;
    let before = store.backend().operations(99).await?.len();
    let purge = |said| LetterPurge { status: LetterStatus::Discarded, before: second(7), said };
    let said = |at| Some(PurgeSaid { by: "ada".to_owned(), reason: "tidying up".to_owned(), at: second(at) });
    let removed = store.backend().purge_letters(purge(said(50))).await?;
    assert!(removed > 0);
    assert_eq!(store.backend().purge_letters(purge(said(51))).await?, 0);
    let retention = LetterPurge { status: LetterStatus::Resolved, before: second(999), said: None };
    store.backend().purge_letters(retention).await?;
    let rows = store.backend().operations(99).await?;
    assert_eq!(rows.len(), before + 2, "the second has removed nothing, and was asked for all the same");
    for (row, (at, removed)) in rows.iter().zip([(second(51), 0), (second(50), removed)]) {
        assert_eq!((row.action, row.state), (OperationKind::Purge, OperationState::Done));
        assert_eq!((row.by.as_str(), row.reason.as_str(), row.at), ("ada", "tidying up", at));
        assert_eq!(row.result, Some(purge(None).result(removed)));
        assert_eq!((row.finished_at, &row.handler, row.letters.len()), (Some(at), &None, 0));
    }
    Ok(())
}
