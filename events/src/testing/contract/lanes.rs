//! Lanes: claiming, renewing and releasing them, and the processes that do so.

use super::delivery::{beat, change, claim, declare, is_written, lane_row, register, start, take, write, written};
use super::support::{Case, second};
use crate::id::{HandlerName, Position, ProcessId};
use crate::store::{BeginsAt, EventStore, HandlerAction, Lane, LaneLease, LaneRow, LaneWrite, ParkedKey, ProcessRow};

/// Names of lanes, for comparing.
fn names(leases: &[LaneLease]) -> Vec<(&str, u32, u64)> {
    leases.iter().map(|lease| name(&lease.lane)).collect()
}

fn name(lane: &Lane) -> (&str, u32, u64) {
    (lane.handler.as_str(), lane.partition, lane.epoch)
}

/// A lane goes to one owner, and to the next when the lease has ended; each time its epoch grows.
pub async fn free_and_expired_lanes_are_claimed(store: EventStore) -> Case {
    start(&store, &["h", "other"]).await?;
    assert!(claim(&store, &[], "me", 1, 9).await?.is_empty());
    assert!(claim(&store, &["nobody"], "me", 1, 9).await?.is_empty());
    assert!(claim(&store, &["h"], "me", 1, 0).await?.is_empty());
    let mine = claim(&store, &["h", "nobody", "h"], "me", 1, 9).await?;
    assert_eq!(names(&mine), [("h", 0, 1)]);
    assert!(mine.iter().all(|lease| lease.partitions == 1 && lease.checkpoint == Position::START));
    let (owner, lease_until) = (Some("me".into()), Some(second(11)));
    let held = LaneRow { partition: 0, checkpoint: Position::START, epoch: 1, owner, lease_until };
    assert_eq!(lane_row(&store, "h", 0).await?, held);
    assert!(claim(&store, &["h"], "you", 10, 9).await?.is_empty(), "the lease hasn't ended");
    assert_eq!(lane_row(&store, "h", 0).await?, held);
    // The lease ends at second 11; to who holds the lane it is no free one even then.
    assert_eq!(names(&claim(&store, &["h", "other"], "me", 30, 9).await?), [("other", 0, 1)]);
    assert_eq!(names(&claim(&store, &["h"], "you", 11, 9).await?), [("h", 0, 2)]);
    assert_eq!(lane_row(&store, "h", 0).await?.owner, Some("you".into()));
    Ok(())
}

/// A claim takes no more than it is told: what nobody holds before what is overdue, the longest first.
pub async fn a_claim_takes_the_longest_free_first(store: EventStore) -> Case {
    register(&store, &[declare("a", BeginsAt::Start, 2), declare("b", BeginsAt::Start, 2)], 0).await?;
    let [late, early] = [claim(&store, &["a"], "x", 5, 1).await?, claim(&store, &["b"], "x", 3, 1).await?];
    assert_eq!((late.len(), early.len()), (1, 1));
    let first = claim(&store, &["a", "b"], "me", 50, 1).await?;
    let next = claim(&store, &["a", "b"], "me", 50, 2).await?;
    let rest = claim(&store, &["a", "b"], "me", 50, 9).await?;
    assert_eq!((first.len(), next.len(), rest.len()), (1, 2, 1));
    let mut free: Vec<_> = first.iter().chain(next.first()).map(|lease| lease.lane.epoch).collect();
    free.dedup();
    assert_eq!(free, [1], "these had no owner before");
    assert!(next.get(1).zip(early.first()).is_some_and(|(now, then)| now.lane.handler == then.lane.handler));
    assert!(rest.first().zip(late.first()).is_some_and(|(now, then)| now.lane.handler == then.lane.handler));
    assert!(first.iter().chain(&next).chain(&rest).all(|lease| lease.partitions == 2));
    Ok(())
}

/// Lanes of a handler that is paused or halted aren't given out.
pub async fn lanes_of_stopped_handlers_stay_free(store: EventStore) -> Case {
    start(&store, &["h", "halted"]).await?;
    let lane = take(&store, "halted", "me", 0).await?.lane;
    assert!(is_written(&store, LaneWrite { halt: Some("it is full".into()), ..write(&lane) }).await?);
    store.backend().release_lanes(vec![lane]).await?;
    change(&store, "h", HandlerAction::Pause, 1).await?;
    assert!(claim(&store, &["h", "halted"], "me", 2, 9).await?.is_empty());
    for handler in ["h", "halted"] {
        change(&store, handler, HandlerAction::Resume, 3).await?;
        assert_eq!(claim(&store, &[handler], "me", 4, 9).await?.len(), 1);
    }
    Ok(())
}

/// The new owner learns which keys of its lane wait, and of no other lane.
pub async fn a_lane_comes_with_its_parked_keys(store: EventStore) -> Case {
    register(&store, &[declare("h", BeginsAt::Start, 2), declare("other", BeginsAt::Start, 1)], 0).await?;
    let leases = claim(&store, &["h", "other"], "me", 1, 9).await?;
    let keys = |lane: &Lane| {
        let key = |number: u64| ParkedKey { key: format!("{lane:?} {number}"), from: Position::new(number) };
        vec![key(7), key(9)]
    };
    for LaneLease { lane, parked, .. } in &leases {
        assert!(parked.is_empty());
        written(&store, LaneWrite { park: keys(lane), ..write(lane) }).await?;
    }
    let again = claim(&store, &["h", "other"], "you", 20, 9).await?;
    assert_eq!(again.len(), 3);
    for mut lease in again {
        lease.parked.sort_by_key(|parked| parked.from);
        assert_eq!(lease.parked, keys(&Lane { epoch: 1, ..lease.lane }));
    }
    Ok(())
}

/// Of many who claim at once each lane gets one owner, and its epoch grows once.
pub async fn racing_claims_share_the_lanes(store: EventStore) -> Case {
    register(&store, &[declare("a", BeginsAt::Start, 20), declare("b", BeginsAt::Start, 20)], 0).await?;
    let mut tasks = Vec::new();
    for owner in 0..8 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let got = claim(&store, &["a", "b"], &format!("owner {owner}"), 10, 3).await;
                let got = got.map_err(|error| error.to_string())?;
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
    let mut lanes = names(&claimed);
    lanes.sort_unstable();
    let all = ["a", "b"].into_iter().flat_map(|handler| (0..20).map(move |partition| (handler, partition, 1)));
    assert_eq!(lanes, all.collect::<Vec<_>>());
    Ok(())
}

/// A sign of life renews the leases of all lanes of the process, an overdue one too, and tells them.
pub async fn a_beat_renews_the_leases(store: EventStore) -> Case {
    register(&store, &[declare("h", BeginsAt::Start, 2), declare("other", BeginsAt::Start, 1)], 0).await?;
    assert!(beat(&store, "me", 1).await?.is_empty());
    let mine = claim(&store, &["h"], "me", 2, 9).await?;
    claim(&store, &["other"], "you", 2, 9).await?;
    let before = lane_row(&store, "other", 0).await?;
    // At second 20 the lease of second 2 is over, but nobody else has taken the lanes.
    for at in [5, 20] {
        let held = beat(&store, "me", at).await?;
        let mut held: Vec<_> = held.iter().map(name).collect();
        held.sort_unstable();
        assert_eq!(held, [("h", 0, 1), ("h", 1, 1)]);
        for lease in &mine {
            assert_eq!(lane_row(&store, "h", lease.lane.partition).await?.lease_until, Some(second(at + 10)));
        }
    }
    assert_eq!(lane_row(&store, "other", 0).await?, before);
    assert_eq!(claim(&store, &["h"], "you", 30, 1).await?.len(), 1);
    assert_eq!(beat(&store, "me", 31).await?.len(), 1, "the other one has passed to somebody else");
    Ok(())
}

/// Lanes of handlers that don't run any more are left out of the answer; the owner still holds them.
pub async fn a_beat_leaves_stopped_handlers_out(store: EventStore) -> Case {
    start(&store, &["h", "other", "gone"]).await?;
    let leases = claim(&store, &["h", "other", "gone"], "me", 1, 9).await?;
    assert_eq!(beat(&store, "me", 2).await?.len(), 3);
    change(&store, "h", HandlerAction::Pause, 3).await?;
    change(&store, "gone", HandlerAction::Remove, 3).await?;
    let held = beat(&store, "me", 4).await?;
    assert_eq!(held.iter().map(name).collect::<Vec<_>>(), [("other", 0, 1)]);
    let lane = leases.into_iter().map(|lease| lease.lane).find(|lane| lane.handler == "h").ok_or("no lane")?;
    assert!(is_written(&store, write(&lane)).await?);
    change(&store, "h", HandlerAction::Resume, 5).await?;
    assert_eq!(beat(&store, "me", 6).await?.len(), 2);
    Ok(())
}

/// Processes are listed by name while they give signs of life; who comes back begins anew.
pub async fn processes_come_and_go(store: EventStore) -> Case {
    let backend = store.backend();
    assert!(backend.processes(second(0)).await?.is_empty());
    beat(&store, "web-2", 1).await?;
    beat(&store, "web-1", 3).await?;
    beat(&store, "web-2", 5).await?;
    let process = |name: &str, started: i64, until: i64| ProcessRow {
        process: name.into(),
        build: format!("build of {name}"),
        handlers: vec![HandlerName::from("h"), HandlerName::from("other")],
        started_at: second(started),
        until: second(until),
    };
    let (first, both) = (process("web-1", 3, 13), process("web-2", 1, 15));
    assert_eq!(backend.processes(second(12)).await?, [first, both.clone()]);
    assert_eq!(backend.processes(second(13)).await?, [both]);
    assert!(backend.processes(second(15)).await?.is_empty());
    beat(&store, "web-1", 20).await?;
    assert_eq!(backend.processes(second(0)).await?, [process("web-1", 20, 30)], "the other one is forgotten");
    backend.end_process(ProcessId::from("web-1")).await?;
    backend.end_process(ProcessId::from("nobody")).await?;
    assert!(backend.processes(second(0)).await?.is_empty());
    Ok(())
}

/// The lanes of a process that ends are free at once, and it can't write to them any more.
pub async fn an_ended_process_frees_its_lanes(store: EventStore) -> Case {
    start(&store, &["h", "other"]).await?;
    let mine = take(&store, "h", "me", 1).await?.lane;
    let yours = take(&store, "other", "you", 1).await?.lane;
    beat(&store, "me", 1).await?;
    store.backend().end_process(ProcessId::from("me")).await?;
    let free = LaneRow { partition: 0, checkpoint: Position::START, epoch: 1, owner: None, lease_until: None };
    assert_eq!(lane_row(&store, "h", 0).await?, free);
    assert!(!is_written(&store, write(&mine)).await?);
    assert!(is_written(&store, write(&yours)).await?);
    assert_eq!(names(&claim(&store, &["h", "other"], "third", 2, 9).await?), [("h", 0, 2)]);
    Ok(())
}

/// A lane that is given back is free at once; one that has passed to somebody else stays his.
pub async fn released_lanes_are_free(store: EventStore) -> Case {
    start(&store, &["h", "other"]).await?;
    let old = take(&store, "h", "me", 1).await?.lane;
    let new = take(&store, "h", "you", 20).await?.lane;
    let other = take(&store, "other", "me", 20).await?.lane;
    let unknown = Lane { handler: "nobody".into(), ..other.clone() };
    let backend = store.backend();
    backend.release_lanes(vec![old.clone(), unknown, Lane { partition: 9, ..new.clone() }, other.clone()]).await?;
    assert_eq!(lane_row(&store, "h", 0).await?.owner, Some("you".into()));
    assert!(is_written(&store, write(&new)).await?);
    assert!(!is_written(&store, write(&other)).await?, "it was given back");
    assert_eq!(names(&claim(&store, &["h", "other"], "third", 21, 9).await?), [("other", 0, 2)]);
    backend.release_lanes(vec![old, other]).await?;
    backend.release_lanes(Vec::new()).await?;
    assert_eq!(lane_row(&store, "other", 0).await?.owner, Some("third".into()));
    Ok(())
}
