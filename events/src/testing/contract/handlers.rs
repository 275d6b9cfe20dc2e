//! Durable handlers: registering, renaming, pausing, resetting and removing them.

use super::delivery::{
    advance, beat, change, claim, declare, is_written, lane_letter, register, renamed, row, start, take, write, written,
};
use super::letters::{get, letter};
use super::support::{Case, append, drafts, second, stream};
use crate::id::Position;
use crate::store::{
    BeginsAt, EventStore, HandlerAction, HandlerDeclaration, HandlerState, LaneRow, LaneWrite, LetterQuery,
    LetterStatus, NewLetter, OperationKind, ParkedKey,
};

/// A new handler begins at the start of the log or at its end, and runs; rows come in the order given.
pub async fn a_new_handler_begins_where_it_says(store: EventStore) -> Case {
    assert!(register(&store, &[], 1).await?.is_empty() && store.backend().durable_handlers().await?.is_empty());
    let empty = register(&store, &[declare("early", BeginsAt::Now, 1)], 1).await?;
    assert!(matches!(empty.as_slice(), [row] if row.from == Position::START));
    append(&store, &drafts(&stream("one"), 5)).await?;
    let end = store.backend().log_end().await?;
    let declared = [declare("z", BeginsAt::Start, 1), declare("a", BeginsAt::Now, 3)];
    let rows = register(&store, &declared, 2).await?;
    let [z, a] = rows.as_slice() else { return Err(format!("two rows, not {rows:?}").into()) };
    assert_eq!((z.name.as_str(), z.begins, z.from), ("z", BeginsAt::Start, Position::START));
    assert_eq!((a.name.as_str(), a.begins, a.from), ("a", BeginsAt::Now, end));
    for row in &rows {
        assert_eq!((row.state, row.reason.as_deref(), row.since), (HandlerState::Running, None, second(2)));
        assert_eq!((row.build.as_str(), row.parked), ("build 1", 0));
        let lane = |partition| LaneRow { partition, checkpoint: row.from, epoch: 0, owner: None, lease_until: None };
        assert_eq!(row.lanes, (0..if row.name == "a" { 3 } else { 1 }).map(lane).collect::<Vec<_>>());
    }
    let by_name = [a.clone(), empty.into_iter().next().ok_or("no row")?, z.clone()];
    assert_eq!(store.backend().durable_handlers().await?, by_name);
    Ok(())
}

/// A handler that the store knows stays what it is: only the build that declares it is noted.
pub async fn a_known_handler_stays_what_it_is(store: EventStore) -> Case {
    register(&store, &[declare("h", BeginsAt::Start, 2)], 1).await?;
    let lane = take(&store, "h", "me", 2).await?.lane;
    assert!(is_written(&store, advance(&lane, 0, 7)).await?);
    let before = row(&store, "h").await?;
    let build = "build 2".to_owned();
    let again = HandlerDeclaration { build: build.clone(), ..declare("h", BeginsAt::Now, 5) };
    let rows = register(&store, &[again], 9).await?;
    let mut expected = before;
    expected.build = build;
    assert_eq!(rows, [expected]);
    Ok(())
}

/// Under its new name a handler has its checkpoint, its parked keys and its letters; who held its
/// lanes holds them no longer.
pub async fn a_renamed_handler_keeps_everything(store: EventStore) -> Case {
    start(&store, &["old"]).await?;
    let lane = take(&store, "old", "me", 1).await?.lane;
    let first = lane_letter(&lane, 3, Some("k"));
    let parked = ParkedKey { key: "k".into(), from: Position::new(3) };
    let held_up = LaneWrite { letters: vec![first.clone()], park: vec![parked.clone()], ..advance(&lane, 0, 9) };
    let [id] = written(&store, held_up).await?[..] else { return Err("one letter was to be written".into()) };
    // What an earlier bearer of the new name has left gives way where it is about the same event.
    let same_event = NewLetter { handler: "new".into(), next_attempt_at: None, ..first.clone() };
    let left = store.backend().write_letters(vec![same_event, letter("new", 4)]).await?;
    let rows = register(&store, &[renamed("new", "old"), renamed("other", "unknown")], 2).await?;
    let [new, other] = rows.as_slice() else { return Err(format!("two rows, not {rows:?}").into()) };
    assert_eq!((new.name.as_str(), new.begins, new.parked), ("new", BeginsAt::Start, 1));
    assert_eq!((other.name.as_str(), other.begins), ("other", BeginsAt::Now));
    assert!(row(&store, "old").await.is_err());

    assert!(!is_written(&store, write(&lane)).await?, "there is no such handler any more");
    let lease = take(&store, "new", "you", 3).await?;
    assert_eq!((lease.checkpoint, &lease.parked), (Position::new(9), &vec![parked]));
    assert!(lease.lane.epoch > lane.epoch);
    let letters = store.backend().letters(LetterQuery::new().handler("new")).await?;
    let mut ids: Vec<_> = letters.iter().map(|letter| letter.id).collect();
    ids.sort();
    let mut expected = vec![id];
    expected.extend(left.get(1));
    expected.sort();
    assert_eq!(ids, expected);
    let read = get(&store, id).await?;
    assert_eq!((read.event_id, &read.lane), (first.event_id, &first.lane));
    // It is the letter of handler and event now: another failure is another attempt.
    let again = NewLetter { handler: "new".into(), ..first };
    assert_eq!(store.backend().write_letters(vec![again]).await?, [id]);
    assert_eq!(get(&store, id).await?.attempts, 2);
    // The old name is free, and whoever held it before can't write to the handler that bears it now.
    start(&store, &["old"]).await?;
    take(&store, "old", "you", 4).await?;
    assert!(!is_written(&store, advance(&lane, 0, 9)).await?);
    Ok(())
}

/// A handler whose own name is known takes over nothing.
pub async fn a_known_name_is_no_new_one(store: EventStore) -> Case {
    start(&store, &["new", "old"]).await?;
    let before = store.backend().durable_handlers().await?;
    register(&store, &[renamed("new", "old")], 5).await?;
    assert_eq!(store.backend().durable_handlers().await?, before);
    Ok(())
}

/// No lane at all, or more than 1,024, is refused, and nothing is registered.
pub async fn an_absurd_number_of_lanes_is_refused(store: EventStore) -> Case {
    for partitions in [0, 1_025, u32::MAX] {
        let declared = [declare("fine", BeginsAt::Start, 1), declare("absurd", BeginsAt::Start, partitions)];
        let error = register(&store, &declared, 1).await.err();
        assert!(error.is_some_and(|error| error.is_invalid()), "{partitions} lanes");
    }
    assert!(store.backend().durable_handlers().await?.is_empty());
    let rows = register(&store, &[declare("wide", BeginsAt::Start, 1_024)], 1).await?;
    assert!(rows.iter().all(|row| row.lanes.len() == 1_024));
    Ok(())
}

/// Programs that start at the same time, while events come in, register a handler once.
pub async fn handlers_registered_at_once_are_one(store: EventStore) -> Case {
    let mut tasks = Vec::new();
    for task in 0..8_i64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            append(&store, &drafts(&stream(&format!("{task}")), 3)).await.map_err(|error| error.to_string())?;
            let declared = [declare("b", BeginsAt::Now, 2), declare("a", BeginsAt::Now, 1)];
            register(&store, &declared, task).await.map_err(|error| error.to_string())
        }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await??);
    }
    let mut rows = store.backend().durable_handlers().await?;
    rows.reverse();
    assert_eq!(rows.len(), 2);
    assert!(answers.iter().all(|answer| *answer == rows), "{answers:?}");
    Ok(())
}

/// Pausing and resuming change the state, say why and since when, and are audited.
pub async fn a_handler_is_paused_and_resumed(store: EventStore) -> Case {
    start(&store, &["h", "other"]).await?;
    let untouched = row(&store, "other").await?;
    let lane = take(&store, "h", "me", 1).await?.lane;
    let lanes = row(&store, "h").await?.lanes;
    for (action, at, state, since) in [
        (HandlerAction::Resume, 1, HandlerState::Running, 0),
        (HandlerAction::Pause, 2, HandlerState::Paused, 2),
        (HandlerAction::Pause, 3, HandlerState::Paused, 2),
        (HandlerAction::Resume, 4, HandlerState::Running, 4),
    ] {
        assert!(change(&store, "h", action, at).await?);
        let now = row(&store, "h").await?;
        let reason = (state == HandlerState::Paused).then(|| format!("at {at}"));
        assert_eq!((now.state, now.since, now.reason), (state, second(since), reason));
        assert_eq!(now.lanes, lanes, "who has lanes keeps them until he lets go");
    }
    change(&store, "h", HandlerAction::Pause, 5).await?;
    assert!(is_written(&store, advance(&lane, 0, 1)).await?, "what was under way is kept");
    assert_eq!(row(&store, "other").await?, untouched);
    let operations = store.backend().operations(9).await?;
    let seen: Vec<_> = operations.iter().map(|row| (row.action, row.at)).collect();
    use OperationKind::{Pause, Resume};
    let expected = [(Pause, 5), (Resume, 4), (Pause, 3), (Pause, 2), (Resume, 1)];
    assert_eq!(seen, expected.map(|(action, at)| (action, second(at))));
    assert!(operations.iter().all(|row| row.handler.as_ref().is_some_and(|handler| *handler == "h")));
    assert!(operations.iter().all(|row| row.by == "ada" && row.reason.starts_with("at ") && row.letters.is_empty()));
    Ok(())
}

/// A reset takes all lanes to a position, away from their owners; nothing is left parked or open.
pub async fn a_reset_handler_begins_again(store: EventStore) -> Case {
    register(&store, &[declare("h", BeginsAt::Start, 2), declare("other", BeginsAt::Start, 1)], 0).await?;
    let leases = claim(&store, &["h", "other"], "me", 1, 9).await?;
    let mut open = Vec::new();
    for lease in &leases {
        let parked = ParkedKey { key: "k".into(), from: Position::new(2) };
        let letters = vec![lane_letter(&lease.lane, 2, Some("k")), lane_letter(&lease.lane, 3, None)];
        let held_up = LaneWrite { park: vec![parked], letters, ..advance(&lease.lane, 0, 9) };
        let ids = written(&store, held_up).await?;
        if lease.lane.handler == "h" {
            open.extend(ids);
        }
    }
    let dead = NewLetter { next_attempt_at: None, ..letter("h", 7) };
    open.extend(store.backend().write_letters(vec![dead]).await?);
    open.sort();
    let other = row(&store, "other").await?;
    change(&store, "h", HandlerAction::Pause, 2).await?;
    assert!(change(&store, "h", HandlerAction::Reset { to: Position::new(4) }, 3).await?);

    let now = row(&store, "h").await?;
    assert_eq!((now.state, now.from, now.parked), (HandlerState::Paused, Position::START, 0));
    assert_eq!(now.lanes.len(), 2);
    assert!(now.lanes.iter().all(|lane| lane.checkpoint == Position::new(4) && lane.owner.is_none()));
    for lease in leases.iter().filter(|lease| lease.lane.handler == "h") {
        assert!(!is_written(&store, write(&lease.lane)).await?, "the lane was taken away");
    }
    for id in &open {
        let letter = get(&store, *id).await?;
        assert_eq!((letter.status, letter.closed_at), (LetterStatus::Discarded, Some(second(3))));
    }
    let last = store.backend().operations(1).await?;
    assert!(matches!(last.as_slice(), [row] if row.action == OperationKind::Reset && row.letters == open), "{last:?}");
    assert_eq!(row(&store, "other").await?, other);
    let left = store.backend().letters(LetterQuery::new().handler("other").status(LetterStatus::Retrying)).await?;
    assert_eq!(left.len(), 2);
    change(&store, "h", HandlerAction::Resume, 4).await?;
    let again = claim(&store, &["h"], "you", 5, 9).await?;
    assert!(again.len() == 2 && again.iter().all(|lease| lease.checkpoint.value() == 4 && lease.parked.is_empty()));
    Ok(())
}

/// A removed handler is gone with all that waits for it; when it comes back it is a new one, and
/// who held its lanes before can't write to it.
pub async fn a_removed_handler_is_forgotten(store: EventStore) -> Case {
    start(&store, &["h", "other"]).await?;
    let lane = take(&store, "h", "me", 1).await?.lane;
    let parked = ParkedKey { key: "k".into(), from: Position::new(2) };
    let letters = vec![lane_letter(&lane, 2, Some("k"))];
    let ids = written(&store, LaneWrite { park: vec![parked], letters, ..write(&lane) }).await?;
    assert!(change(&store, "h", HandlerAction::Remove, 3).await?);
    assert!(row(&store, "h").await.is_err() && row(&store, "other").await.is_ok());
    assert!(claim(&store, &["h"], "you", 99, 9).await?.is_empty());
    assert!(!is_written(&store, advance(&lane, 0, 5)).await?);
    for id in &ids {
        assert_eq!(get(&store, *id).await?.status, LetterStatus::Discarded);
    }
    let last = store.backend().operations(1).await?;
    assert!(matches!(last.as_slice(), [row] if row.action == OperationKind::Remove && row.letters == ids), "{last:?}");
    assert!(!change(&store, "h", HandlerAction::Pause, 4).await?);

    start(&store, &["h"]).await?;
    let again = take(&store, "h", "you", 5).await?;
    assert_eq!((again.checkpoint, again.parked.len()), (Position::START, 0));
    assert!(again.lane.epoch > lane.epoch);
    assert!(!is_written(&store, advance(&lane, 0, 5)).await?);
    assert!(is_written(&store, advance(&again.lane, 0, 5)).await?);
    Ok(())
}

/// A handler isn't forgotten while a process that is alive declares it, whoever holds its lanes.
pub async fn a_declared_handler_is_not_removed(store: EventStore) -> Case {
    start(&store, &["h", "of nobody"]).await?;
    assert!(!change(&store, "other", HandlerAction::Remove, 1).await?, "there is no such handler");
    for process in ["me", "you"] {
        beat(&store, process, 1).await?;
        let before = row(&store, "h").await?;
        for at in [1, 10] {
            let refused = change(&store, "h", HandlerAction::Remove, at).await;
            let refused = refused.err().ok_or_else(|| format!("it was removed at {at}"))?;
            assert!(refused.is_invalid() && refused.to_string().contains(process), "{refused}");
        }
        assert_eq!(row(&store, "h").await?, before);
        assert!(change(&store, "h", HandlerAction::Pause, 2).await?, "anything else may be done");
        store.backend().end_process(process.into()).await?;
    }
    assert!(store.backend().operations(9).await?.iter().all(|done| done.action == OperationKind::Pause));
    beat(&store, "me", 2).await?;
    assert!(change(&store, "of nobody", HandlerAction::Remove, 3).await?);
    assert!(change(&store, "h", HandlerAction::Remove, 12).await?, "no sign of life any more");
    Ok(())
}

/// What the store doesn't know, or couldn't count to, is not changed, and leaves no audit row.
pub async fn what_cannot_be_changed_is_not(store: EventStore) -> Case {
    start(&store, &["h"]).await?;
    let before = row(&store, "h").await?;
    let to = Position::new(5);
    for action in [HandlerAction::Pause, HandlerAction::Resume, HandlerAction::Reset { to }, HandlerAction::Remove] {
        assert!(!change(&store, "nobody", action, 1).await?);
    }
    let absurd = HandlerAction::Reset { to: Position::new(u64::MAX) };
    assert!(change(&store, "h", absurd, 1).await.is_err_and(|error| error.is_invalid()));
    assert!(store.backend().operations(9).await?.is_empty());
    assert_eq!(row(&store, "h").await?, before);
    Ok(())
}
