//! What the owner of a lane writes: all of it, or nothing.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::delivery::{
    advance, beat, change, declare, is_written, lane_letter, lane_row, register, row, start, take, write, written,
};
use super::letters::{failure, get, letter};
use super::support::{Case, second};
use crate::error::BoxError;
use crate::handler::Class;
use crate::id::Position;
use crate::store::{
    Advance, AttemptOutcome, ClaimLetters, EventStore, FailedEvent, HandlerAction, HandlerState, Lane, LaneAttempt,
    LaneRow, LaneWrite, LetterAction, LetterChange, LetterId, LetterQuery, LetterStatus, NewLetter, ParkedKey,
};

fn parked(key: &str, from: u64) -> ParkedKey {
    ParkedKey { key: key.into(), from: Position::new(from) }
}

fn attempt(letter: LetterId, outcome: AttemptOutcome) -> LaneAttempt {
    LaneAttempt { letter, outcome }
}

/// A write with something of everything: the letter `known` is resolved, a new one written.
fn everything(lane: &Lane, known: LetterId) -> LaneWrite {
    LaneWrite {
        letters: vec![lane_letter(lane, 8, Some("k"))],
        attempts: vec![attempt(known, AttemptOutcome::Resolved)],
        park: vec![parked("k", 8)],
        release: vec!["before".into()],
        halt: Some("there is no room".into()),
        ..advance(lane, 3, 9)
    }
}

/// A handler `h` with a lane at position 3, a key `before` that waits, and the letter it waits for.
async fn prepare(store: &EventStore) -> Result<(Lane, LetterId), BoxError> {
    start(store, &["h"]).await?;
    let lane = take(store, "h", "me", 0).await?.lane;
    let letters = vec![lane_letter(&lane, 2, Some("before"))];
    let ids = written(store, LaneWrite { letters, park: vec![parked("before", 2)], ..advance(&lane, 0, 3) }).await?;
    Ok((lane, ids.first().copied().ok_or("no letter")?))
}

/// All that a write might change.
async fn state(store: &EventStore) -> Result<(Vec<FailedEvent>, LaneRow, HandlerState, u64), BoxError> {
    let handler = row(store, "h").await?;
    let lane = handler.lanes.into_iter().next().ok_or("no lane")?;
    Ok((store.backend().letters(LetterQuery::new()).await?, lane, handler.state, handler.parked))
}

/// A write of everything is there as a whole.
pub async fn a_write_is_written_whole(store: EventStore) -> Case {
    let (lane, known) = prepare(&store).await?;
    let others = [lane_letter(&lane, 4, None), lane_letter(&lane, 5, Some("z"))];
    let mut all = everything(&lane, known);
    all.letters.splice(0..0, others);
    let new = all.letters.clone();
    let ids = written(&store, all).await?;
    assert_eq!(ids.len(), new.len());
    for (id, new) in ids.iter().zip(new) {
        let letter = get(&store, *id).await?;
        assert_eq!((letter.event_id, letter.position, &letter.lane), (new.event_id, new.position, &new.lane));
        assert_eq!((letter.status, letter.attempts), (LetterStatus::Retrying, 1));
    }
    let resolved = get(&store, known).await?;
    assert_eq!((resolved.status, resolved.closed_at), (LetterStatus::Resolved, Some(second(50))));
    assert_eq!(resolved.build, "build 50");
    let now = row(&store, "h").await?;
    assert_eq!(
        (now.state, now.reason.as_deref(), now.since),
        (HandlerState::Halted, Some("there is no room"), second(50))
    );
    assert_eq!(lane_row(&store, "h", 0).await?.checkpoint, Position::new(9));
    // What was under way when it was halted is written too; then an operator lets it go on.
    assert!(is_written(&store, advance(&lane, 9, 10)).await?);
    change(&store, "h", HandlerAction::Resume, 51).await?;
    let lease = take(&store, "h", "you", 60).await?;
    assert_eq!((lease.checkpoint, lease.parked), (Position::new(10), vec![parked("k", 8)]));
    Ok(())
}

/// A write that isn't the owner's, or that believes the checkpoint elsewhere, changes nothing at all.
pub async fn a_lost_write_writes_nothing(store: EventStore) -> Case {
    let (lane, known) = prepare(&store).await?;
    let before = state(&store).await?;
    let next = Advance { from: Position::new(2), to: Position::new(9) };
    let ahead = Advance { from: Position::new(4), to: Position::new(9) };
    let good = everything(&lane, known);
    for lost in [
        LaneWrite { lane: Lane { epoch: lane.epoch - 1, ..lane.clone() }, ..good.clone() },
        LaneWrite { lane: Lane { epoch: lane.epoch + 1, ..lane.clone() }, ..good.clone() },
        LaneWrite { lane: Lane { epoch: u64::MAX, ..lane.clone() }, ..good.clone() },
        LaneWrite { lane: Lane { partition: 1, ..lane.clone() }, ..good.clone() },
        LaneWrite { lane: Lane { partition: u32::MAX, ..lane.clone() }, ..good.clone() },
        LaneWrite { lane: Lane { handler: "nobody".into(), ..lane.clone() }, ..good.clone() },
        LaneWrite { advance: Some(next), ..good.clone() },
        LaneWrite { advance: Some(ahead), ..good.clone() },
    ] {
        assert!(!is_written(&store, lost.clone()).await?, "{:?} {:?}", lost.lane, lost.advance);
        let without_advance = LaneWrite { advance: None, ..lost.clone() };
        if lost.lane != lane {
            assert!(!is_written(&store, without_advance).await?, "{:?}", lost.lane);
        }
        assert_eq!(state(&store).await?, before);
    }
    assert!(is_written(&store, good).await?);
    Ok(())
}

/// A write without content says whose the lane is, and changes nothing.
pub async fn an_empty_write_only_asks(store: EventStore) -> Case {
    let (lane, _) = prepare(&store).await?;
    let before = state(&store).await?;
    assert!(write(&lane).is_empty() && written(&store, write(&lane)).await?.is_empty());
    assert!(is_written(&store, advance(&lane, 3, 3)).await?);
    assert_eq!(state(&store).await?, before);
    Ok(())
}

/// A lease that has ended is still good while nobody else has taken the lane.
pub async fn an_overdue_owner_still_writes(store: EventStore) -> Case {
    let (lane, known) = prepare(&store).await?;
    let late = LaneWrite { at: second(1_000), halt: None, ..everything(&lane, known) };
    assert!(is_written(&store, late).await?);
    Ok(())
}

/// Who was taken for dead and wakes up again writes nothing, also when the lane is free again or
/// the checkpoint where he left it.
pub async fn a_zombie_writes_nothing(store: EventStore) -> Case {
    let (zombie, known) = prepare(&store).await?;
    let heir = take(&store, "h", "you", 20).await?;
    assert_eq!((heir.checkpoint, heir.lane.epoch), (Position::new(3), zombie.epoch + 1));
    let before = state(&store).await?;
    assert!(!is_written(&store, everything(&zombie, known)).await?);
    assert!(beat(&store, "me", 21).await?.is_empty(), "it holds nothing any more");
    assert_eq!(state(&store).await?, before);
    assert!(is_written(&store, advance(&heir.lane, 3, 5)).await?);
    store.backend().release_lanes(vec![heir.lane]).await?;
    assert!(!is_written(&store, advance(&zombie, 5, 9)).await?);
    let again = take(&store, "h", "me", 22).await?;
    assert_eq!((again.checkpoint, again.lane.epoch), (Position::new(5), zombie.epoch + 2));
    assert!(!is_written(&store, write(&zombie)).await?, "it is the same process, but another ownership");
    Ok(())
}

/// What comes of the lane's attempts at letters: failed, postponed, dead, resolved, together.
pub async fn attempts_of_a_lane_are_written(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let letters = (1..=4).map(|position| lane_letter(&lane, position, Some("k"))).collect();
    let ids = written(&store, LaneWrite { letters, ..write(&lane) }).await?;
    let [retried, postponed, dead, resolved] = ids[..] else { return Err("four letters were to be written".into()) };
    let failed = |next_attempt_at| AttemptOutcome::Failed { attempt: failure(50, Class::Timeout), next_attempt_at };
    let attempts = vec![
        attempt(retried, failed(Some(second(90)))),
        attempt(postponed, AttemptOutcome::Postponed { until: second(80) }),
        attempt(dead, failed(None)),
        attempt(resolved, AttemptOutcome::Resolved),
        attempt(LetterId::new(resolved.value() + 9), AttemptOutcome::Resolved),
    ];
    assert!(is_written(&store, LaneWrite { attempts, ..write(&lane) }).await?);
    for (id, status, next, tries) in [
        (retried, LetterStatus::Retrying, Some(second(90)), 2),
        (postponed, LetterStatus::Retrying, Some(second(80)), 1),
        (dead, LetterStatus::Dead, None, 2),
        (resolved, LetterStatus::Resolved, None, 1),
    ] {
        let letter = get(&store, id).await?;
        assert_eq!((letter.status, letter.next_attempt_at, letter.attempts), (status, next, tries));
        assert_eq!(letter.build, "build 50");
        assert_eq!(store.backend().letter_attempts(id).await?.len(), usize::try_from(tries)?);
    }
    let letter = get(&store, retried).await?;
    assert_eq!((letter.class, letter.fingerprint()), (Class::Timeout, failure(50, Class::Timeout).fingerprint));
    assert_eq!((letter.last_failed_at, letter.first_failed_at), (second(50), second(0)));
    assert_eq!(get(&store, resolved).await?.closed_at, Some(second(50)));
    Ok(())
}

/// A letter that an operator has closed, or that is dead, stays so when the lane's attempt ends; one
/// that another worker has under a lease from before the handler was durable is the lane's.
pub async fn a_closed_letter_stays_closed(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let letters = (1..=4).map(|position| lane_letter(&lane, position, Some("k"))).collect();
    let ids = written(&store, LaneWrite { letters, ..write(&lane) }).await?;
    let [discarded, restored, redriven, leased] = ids[..] else { return Err("four letters".into()) };
    let operate = async |action, id, at| {
        let letters = LetterQuery::new().id(id);
        let change = LetterChange { action, letters, by: "ada".into(), reason: String::new(), at: second(at) };
        store.backend().change_letters(change).await
    };
    operate(LetterAction::Discard, discarded, 20).await?;
    operate(LetterAction::Discard, restored, 20).await?;
    operate(LetterAction::Restore, restored, 21).await?;
    operate(LetterAction::Redrive, redriven, 22).await?;
    let (handlers, owner) = (vec!["h".into()], "worker".to_owned());
    let claim = ClaimLetters { handlers, now: second(22), owner, lease_until: second(99), limit: 9 };
    let claimed = store.backend().claim_letters(claim).await?;
    assert!(claimed.iter().any(|letter| letter.id == leased));
    let before = [get(&store, discarded).await?, get(&store, restored).await?];
    let attempts = ids.iter().map(|id| attempt(*id, AttemptOutcome::Resolved)).collect();
    assert!(is_written(&store, LaneWrite { attempts, ..advance(&lane, 0, 7) }).await?, "the rest is written");
    assert_eq!([get(&store, discarded).await?, get(&store, restored).await?], before);
    assert_eq!(before.map(|letter| letter.status), [LetterStatus::Discarded, LetterStatus::Dead]);
    for id in [redriven, leased] {
        assert_eq!(get(&store, id).await?.status, LetterStatus::Resolved);
    }
    assert_eq!(lane_row(&store, "h", 0).await?.checkpoint, Position::new(7));
    Ok(())
}

/// Keys are parked, parked elsewhere, released; those of another lane are other keys.
pub async fn keys_are_parked_and_released(store: EventStore) -> Case {
    register(&store, &[declare("h", crate::store::BeginsAt::Start, 2)], 0).await?;
    let [first, other] = [take(&store, "h", "me", 0).await?.lane, take(&store, "h", "me", 0).await?.lane];
    let keys = [parked("it's \"k\"", 4), parked("k", 5), parked("z", 6)];
    assert!(is_written(&store, LaneWrite { park: keys.to_vec(), ..write(&first) }).await?);
    assert!(is_written(&store, LaneWrite { park: vec![parked("k", 1)], ..write(&other) }).await?);
    assert_eq!(row(&store, "h").await?.parked, 4);
    let again = LaneWrite {
        park: vec![parked("k", 8), parked("z", 9)],
        release: vec!["it's \"k\"".into(), "unknown".into(), "z".into()],
        ..write(&first)
    };
    assert!(is_written(&store, again).await?);
    assert_eq!(row(&store, "h").await?.parked, 3);
    let mut all = store.backend().parked_keys(&"h".into()).await?;
    all.sort_by_key(|parked| parked.from);
    assert_eq!(all, [parked("k", 1), parked("k", 8), parked("z", 9)]);
    assert_eq!(store.backend().parked_keys(&"unknown".into()).await?, []);
    for _ in 0..2 {
        let lease = take(&store, "h", "you", 20).await?;
        let mut keys = lease.parked;
        keys.sort_by_key(|parked| parked.from);
        let is_first = lease.lane.partition == first.partition;
        let expected = if is_first { vec![parked("k", 8), parked("z", 9)] } else { vec![parked("k", 1)] };
        assert_eq!(keys, expected);
    }
    Ok(())
}

/// Positions that no database can count to, and a checkpoint that goes back, are refused.
pub async fn absurd_positions_are_refused(store: EventStore) -> Case {
    let (lane, known) = prepare(&store).await?;
    let before = state(&store).await?;
    let good = everything(&lane, known);
    let to = |from, to| Some(Advance { from: Position::new(from), to: Position::new(to) });
    let far = NewLetter { position: Position::new(u64::MAX), ..letter("h", 1) };
    for absurd in [
        LaneWrite { advance: to(3, u64::MAX), ..good.clone() },
        LaneWrite { advance: to(u64::MAX, u64::MAX), ..good.clone() },
        LaneWrite { advance: to(3, 2), ..good.clone() },
        LaneWrite { park: vec![parked("k", 1), parked("z", u64::MAX)], ..good.clone() },
        LaneWrite { letters: vec![letter("h", 1), far], ..good.clone() },
    ] {
        let error = is_written(&store, absurd).await.err();
        assert!(error.is_some_and(|error| error.is_invalid()));
        assert_eq!(state(&store).await?, before);
    }
    Ok(())
}

/// Of writes that race from one checkpoint, exactly one is written; those of other lanes aren't touched.
pub async fn one_of_racing_writes_wins(store: EventStore) -> Case {
    const ROUNDS: u64 = 10;
    start(&store, &["h", "other"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let other = take(&store, "other", "me", 0).await?.lane;
    let mut tasks = Vec::new();
    for task in 0..8_u64 {
        let (store, lane, other) = (store.clone(), lane.clone(), other.clone());
        tasks.push(tokio::spawn(async move {
            let mut won = 0;
            for round in 0..ROUNDS {
                let letters = vec![lane_letter(&lane, task * ROUNDS + round + 1, None)];
                let attempt = LaneWrite { letters, ..advance(&lane, round, round + 1) };
                won += u64::from(is_written(&store, attempt).await?);
                if task == 0 {
                    assert!(is_written(&store, advance(&other, round, round + 1)).await?);
                }
            }
            Ok::<_, BoxError>(won)
        }));
    }
    let mut won = 0;
    for task in tasks {
        won += task.await??;
    }
    assert_eq!(won, ROUNDS);
    assert_eq!(lane_row(&store, "h", 0).await?.checkpoint.value(), ROUNDS);
    assert_eq!(lane_row(&store, "other", 0).await?.checkpoint.value(), ROUNDS);
    assert_eq!(store.backend().letters(LetterQuery::new()).await?.len() as u64, ROUNDS);
    Ok(())
}

/// A write whose future is dropped after the first poll is there wholly, or not at all.
pub async fn a_dropped_write_is_whole_or_absent(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let lane = take(&store, "h", "me", 0).await?.lane;
    let checkpoint = async || Ok::<_, BoxError>(lane_row(&store, "h", 0).await?.checkpoint.value());
    for number in 1..=50 {
        let from = checkpoint().await?;
        let letters = vec![lane_letter(&lane, number, None), lane_letter(&lane, number, None)];
        let dropped = LaneWrite { letters, ..advance(&lane, from, from + 1) };
        {
            let future = pin!(store.backend().write_lane(dropped));
            if let Poll::Ready(answer) = future.poll(&mut Context::from_waker(Waker::noop())) {
                answer?;
            }
        }
    }
    loop {
        let before = checkpoint().await?;
        let letters = store.backend().letters(LetterQuery::new()).await?.len() as u64;
        // The last one may still be on its way.
        if checkpoint().await? == before {
            assert_eq!(letters, 2 * before, "half a write");
            return Ok(());
        }
    }
}
