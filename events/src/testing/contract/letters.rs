//! Letters: writing, claiming, finishing.

use super::support::{Case, second, stream};
use crate::error::BoxError;
use crate::handler::{Class, ErrorReport};
use crate::id::{EventId, HandlerName, Position, SchemaVersion};
use crate::store::{
    AttemptOutcome, ClaimLetters, EventStore, FailedAttempt, FailedEvent, FinishAttempt, LetterId, LetterLane,
    LetterQuery, LetterStatus, NewLetter,
};

/// A letter whose first attempt failed at second 0 and is tried again at second 10.
pub(super) fn letter(handler: &str, position: u64) -> NewLetter {
    let event_id = EventId::now();
    NewLetter {
        handler: handler.into(),
        event_id,
        event: "contract_noted".into(),
        schema_version: SchemaVersion::new(3),
        stream: stream("letters"),
        position: Position::new(position),
        correlation_id: event_id.into(),
        traceparent: Some("00-trace-01".into()),
        lane: None,
        build: "1.0.0".into(),
        attempt: Some(failure(0, Class::Transient)),
        at: second(0),
        next_attempt_at: Some(second(10)),
    }
}

pub(super) fn failure(at: i64, class: Class) -> FailedAttempt {
    let cause: BoxError = format!("it's \"down\" at {at}").into();
    let error = crate::Error::new(crate::ErrorKind::Timeout, "no answer").with_source(cause);
    let fingerprint = u64::MAX - at.unsigned_abs();
    FailedAttempt { at: second(at), class, error: ErrorReport::of(&error, "events::Error"), fingerprint }
}

pub(super) async fn write(store: &EventStore, letter: NewLetter) -> Result<LetterId, BoxError> {
    let ids = store.backend().write_letters(vec![letter]).await?;
    ids.first().copied().ok_or_else(|| "no letter was written".into())
}

/// The letter of that number.
pub(super) async fn get(store: &EventStore, id: LetterId) -> Result<FailedEvent, BoxError> {
    let letters = store.backend().letters(LetterQuery::new().id(id)).await?;
    letters.into_iter().next().ok_or_else(|| format!("no letter {id}").into())
}

/// Claims, at that second, up to `limit` letters for ten seconds.
pub(super) async fn claim(
    store: &EventStore,
    handlers: &[&str],
    owner: &str,
    now: i64,
    limit: usize,
) -> Result<Vec<LetterId>, BoxError> {
    let handlers = handlers.iter().copied().map(HandlerName::from).collect();
    let (now, lease_until) = (second(now), second(now + 10));
    let claim = ClaimLetters { handlers, now, owner: owner.into(), lease_until, limit };
    Ok(store.backend().claim_letters(claim).await?.iter().map(|letter| letter.id).collect())
}

pub(super) async fn finish(
    store: &EventStore,
    id: LetterId,
    owner: &str,
    at: i64,
    outcome: AttemptOutcome,
) -> Result<bool, BoxError> {
    let finish = FinishAttempt { id, owner: owner.into(), at: second(at), build: format!("build {at}"), outcome };
    Ok(store.backend().finish_attempt(finish).await?)
}

fn failed(at: i64, next: Option<i64>) -> AttemptOutcome {
    AttemptOutcome::Failed { attempt: failure(at, Class::Timeout), next_attempt_at: next.map(second) }
}

/// A letter comes back as it was written.
pub async fn a_letter_comes_back_as_it_was(store: EventStore) -> Case {
    let lane = LetterLane { partition: u32::MAX, key: Some("user/it's 7".into()) };
    let new = NewLetter { lane: Some(lane), ..letter("Auditor.paid", 7) };
    let id = write(&store, new.clone()).await?;
    let read = get(&store, id).await?;
    assert_eq!((&read.handler, read.event_id, &read.event), (&new.handler, new.event_id, &new.event));
    assert_eq!((read.schema_version, &read.stream, read.position), (new.schema_version, &new.stream, new.position));
    assert_eq!((read.correlation_id, &read.traceparent), (new.correlation_id, &new.traceparent));
    assert_eq!((read.status, &read.build, read.class), (LetterStatus::Retrying, &new.build, Class::Transient));
    assert_eq!(read.lane, new.lane);
    let attempt = failure(0, Class::Transient);
    assert_eq!((read.error.as_ref(), read.fingerprint()), (Some(&attempt.error), attempt.fingerprint));
    assert_eq!((read.attempts, read.attempts_before, read.attempts_in_cycle()), (1, 0, 1));
    assert_eq!((read.first_failed_at, read.last_failed_at), (second(0), second(0)));
    assert_eq!((read.next_attempt_at, read.closed_at), (Some(second(10)), None));
    let attempts = store.backend().letter_attempts(id).await?;
    assert!(matches!(attempts.as_slice(), [one] if one.number == 1 && one.attempt == attempt));
    assert!(store.backend().letter_attempts(LetterId::new(id.value() + 1)).await?.is_empty());
    Ok(())
}

/// A letter without an attempt waits; one without a next attempt is dead at once.
pub async fn a_letter_waits_or_is_dead(store: EventStore) -> Case {
    let snoozed = NewLetter { attempt: None, at: second(3), ..letter("h", 1) };
    let id = write(&store, snoozed).await?;
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.attempts, read.error.as_ref()), (LetterStatus::Retrying, 0, None));
    assert_eq!((read.first_failed_at, read.last_failed_at), (second(3), second(3)));
    assert!(store.backend().letter_attempts(id).await?.is_empty());
    let dead = NewLetter { next_attempt_at: None, attempt: Some(failure(0, Class::Decode)), ..letter("h", 2) };
    let read = get(&store, write(&store, dead).await?).await?;
    assert_eq!((read.status, read.class, read.closed_at), (LetterStatus::Dead, Class::Decode, None));
    let absurd = letter("h", u64::MAX);
    let error = store.backend().write_letters(vec![letter("h", 3), absurd]).await.err();
    assert!(error.is_some_and(|error| error.is_invalid()));
    assert_eq!(store.backend().letters(LetterQuery::new()).await?.len(), 2);
    Ok(())
}

/// There is one letter per handler and event: a second one adds its attempt to the first.
pub async fn one_letter_per_handler_and_event(store: EventStore) -> Case {
    let first = letter("h", 1);
    let other_handler = NewLetter { handler: "other".into(), ..first.clone() };
    let attempt = Some(failure(5, Class::Permanent));
    let again = NewLetter { attempt, next_attempt_at: None, build: "2.0.0".into(), ..first.clone() };
    let ids = store.backend().write_letters(vec![first.clone(), other_handler, again]).await?;
    assert!(matches!(ids.as_slice(), [a, b, c] if a == c && a != b));
    let Some(id) = ids.first().copied() else { return Err("no letter was written".into()) };
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.attempts, read.class), (LetterStatus::Dead, 2, Class::Permanent));
    assert_eq!((read.first_failed_at, read.last_failed_at), (second(0), second(5)));
    assert_eq!((read.build.as_str(), read.next_attempt_at, read.attempts_before), ("2.0.0", None, 0));
    let numbers: Vec<_> = store.backend().letter_attempts(id).await?.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2]);
    // A dead letter that is written again begins anew, with the attempts before it remembered.
    write(&store, first.clone()).await?;
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.attempts, read.attempts_in_cycle()), (LetterStatus::Retrying, 3, 1));
    write(&store, NewLetter { attempt: None, ..first }).await?;
    assert_eq!((get(&store, id).await?.attempts, get(&store, id).await?.attempts_in_cycle()), (3, 1));
    Ok(())
}

/// Only what is due is claimed, by one at a time, the longest due first; a lease ends.
pub async fn a_due_letter_is_claimed_by_one(store: EventStore) -> Case {
    let due_at = |position, at| NewLetter { next_attempt_at: Some(second(at)), ..letter("h", position) };
    let late = write(&store, due_at(1, 20)).await?;
    let early = write(&store, due_at(2, 10)).await?;
    let other = write(&store, NewLetter { handler: "other".into(), ..due_at(3, 5) }).await?;
    write(&store, NewLetter { next_attempt_at: None, ..letter("h", 4) }).await?;
    let backend = store.backend();
    assert_eq!(backend.next_letter_due(vec!["h".into()]).await?, Some(second(10)));
    assert_eq!(backend.next_letter_due(vec!["h".into(), "other".into()]).await?, Some(second(5)));
    assert_eq!(backend.next_letter_due(vec!["none".into()]).await?, None);
    assert_eq!(backend.next_letter_due(Vec::new()).await?, None);
    assert_eq!(claim(&store, &["h"], "me", 9, 9).await?, []);
    assert_eq!(claim(&store, &[], "me", 99, 9).await?, []);
    assert_eq!(claim(&store, &["h"], "me", 20, 0).await?, []);
    assert_eq!(claim(&store, &["h"], "me", 20, 1).await?, [early]);
    assert_eq!(claim(&store, &["h"], "you", 20, 9).await?, [late]);
    assert_eq!(claim(&store, &["h", "other"], "you", 29, 9).await?, [other]);
    // The leases of second 20 end at second 30.
    assert_eq!(backend.next_letter_due(vec!["h".into()]).await?, Some(second(30)));
    assert_eq!(claim(&store, &["h"], "third", 30, 9).await?, [early, late]);
    assert!(!finish(&store, early, "me", 31, AttemptOutcome::Resolved).await?);
    assert!(finish(&store, early, "third", 31, AttemptOutcome::Resolved).await?);
    Ok(())
}

/// Many who claim at once share the letters; no letter is given to two.
pub async fn racing_claims_share_the_letters(store: EventStore) -> Case {
    let new = (1..=40).map(|position| letter("h", position)).collect();
    let mut written = store.backend().write_letters(new).await?;
    let mut tasks = Vec::new();
    for owner in 0..8 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let got = claim(&store, &["h"], &format!("owner {owner}"), 10, 3).await.map_err(|e| e.to_string())?;
                if got.is_empty() {
                    return Ok::<_, String>(mine);
                }
                mine.extend(got);
            }
        }));
    }
    let mut claimed = Vec::new();
    for task in tasks {
        claimed.extend(task.await??);
    }
    claimed.sort();
    written.sort();
    assert_eq!(claimed, written);
    Ok(())
}

/// What came of an attempt: failed and tried again, postponed, dead, resolved.
pub async fn an_attempt_is_finished(store: EventStore) -> Case {
    let id = write(&store, letter("h", 1)).await?;
    assert!(!finish(&store, id, "me", 10, AttemptOutcome::Resolved).await?, "without a lease");
    claim(&store, &["h"], "me", 10, 1).await?;
    assert!(!finish(&store, id, "you", 10, failed(10, None)).await?, "with the lease of another");
    assert_eq!(store.backend().letter_attempts(id).await?.len(), 1);
    assert!(finish(&store, id, "me", 11, failed(11, Some(40))).await?);
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.attempts, read.class), (LetterStatus::Retrying, 2, Class::Timeout));
    assert_eq!((read.next_attempt_at, read.last_failed_at), (Some(second(40)), second(11)));
    assert_eq!((read.build.as_str(), read.fingerprint()), ("build 11", failure(11, Class::Timeout).fingerprint));
    assert!(!finish(&store, id, "me", 12, AttemptOutcome::Resolved).await?, "the lease was given back");

    claim(&store, &["h"], "me", 40, 1).await?;
    assert!(finish(&store, id, "me", 41, AttemptOutcome::Postponed { until: second(50) }).await?);
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.attempts, read.next_attempt_at), (LetterStatus::Retrying, 2, Some(second(50))));

    claim(&store, &["h"], "me", 50, 1).await?;
    assert!(finish(&store, id, "me", 51, AttemptOutcome::Resolved).await?);
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.closed_at), (LetterStatus::Resolved, Some(second(51))));
    assert_eq!((read.next_attempt_at, read.attempts), (None, 2));
    assert_eq!(claim(&store, &["h"], "me", 99, 1).await?, []);

    let id = write(&store, letter("h", 2)).await?;
    claim(&store, &["h"], "me", 10, 1).await?;
    assert!(finish(&store, id, "me", 12, failed(12, None)).await?);
    let read = get(&store, id).await?;
    assert_eq!((read.status, read.next_attempt_at, read.closed_at), (LetterStatus::Dead, None, None));
    assert!(!finish(&store, LetterId::new(id.value() + 9), "me", 12, AttemptOutcome::Resolved).await?);
    Ok(())
}
