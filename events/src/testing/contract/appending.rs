//! Appends: expectations, several streams, races.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::support::{
    Case, Draft, append, append_at, commit, draft_ids, drafts, ids, read, read_log, refused, second, stream, versions,
};
use crate::id::{StreamId, Version};
use crate::store::{Append, AppendError, AppendStatus, EventFilter, EventStore, ExpectedVersion};
use crate::testing::ManualClock;

/// Every expectation against streams of no, one and three events.
pub async fn every_expectation_against_every_state(store: EventStore) -> Case {
    let exact = |version| ExpectedVersion::Exact(Version::new(version));
    let expectations = [ExpectedVersion::Any, ExpectedVersion::NoStream, ExpectedVersion::Exists]
        .into_iter()
        .chain([0, 1, 2, 3, 4, u64::MAX].map(exact));
    for (number, expected) in expectations.enumerate() {
        for state in [0, 1, 3] {
            let stream = stream(&format!("{number}-{state}"));
            if state > 0 {
                append(&store, &drafts(&stream, state)).await?;
            }
            expectation(&store, &stream, state as u64, expected).await?;
        }
    }
    Ok(())
}

async fn expectation(store: &EventStore, stream: &StreamId, state: u64, expected: ExpectedVersion) -> Case {
    let before = store.stats().await?;
    let answer = append_at(store, &drafts(stream, 2), stream, expected).await?;
    let accepted = expected.accepts(Version::new(state));
    match answer {
        Ok(appended) => {
            assert!(accepted, "{expected} was accepted at version {state}");
            assert_eq!(appended.status(), AppendStatus::Committed);
        }
        Err(AppendError::Conflict { stream: at, expected: was, actual }) => {
            assert!(!accepted, "{expected} was refused at version {state}");
            assert_eq!((&at, was, actual.value()), (stream, expected, state));
            assert_eq!(store.stats().await?, before, "a refused commit has written something");
        }
        Err(error) => return Err(error.into()),
    }
    let now = if accepted { state + 2 } else { state };
    assert_eq!(store.stream_version(stream).await?.value(), now);
    Ok(())
}

/// A commit over several streams is written wholly, or not at all.
pub async fn several_streams_are_all_or_nothing(store: EventStore) -> Case {
    let (left, right, third) = (stream("left"), stream("right"), stream("third"));
    append(&store, &drafts(&right, 1)).await?;
    let before = store.stats().await?;
    let three = [Draft::new(&left), Draft::new(&right), Draft::new(&third), Draft::new(&left)];
    let failing = commit(&three)?
        .expect(left.clone(), ExpectedVersion::NoStream)
        .expect(right.clone(), ExpectedVersion::Exact(Version::new(7)));
    let error = refused(&store, failing).await?;
    assert!(matches!(&error, AppendError::Conflict { stream, .. } if *stream == right), "{error:?}");
    assert_eq!(store.stats().await?, before);
    assert!(read(&store, &left).await?.is_empty() && read(&store, &third).await?.is_empty());

    let fitting = commit(&three)?
        .expect(left.clone(), ExpectedVersion::NoStream)
        .expect(right.clone(), ExpectedVersion::Exact(Version::new(1)));
    let appended = store.append(fitting).await?;
    let given: Vec<_> = appended.recordings().iter().map(|recording| recording.version.value()).collect();
    assert_eq!(given, [1, 2, 1, 2]);
    let [first, second, other, last] = &three;
    assert_eq!(ids(&read(&store, &left).await?), [first.id(), last.id()]);
    assert_eq!(ids(read(&store, &right).await?.last()), [second.id()]);
    assert_eq!(ids(&read(&store, &third).await?), [other.id()]);
    Ok(())
}

/// What is expected of a stream is checked even if the commit has no event for it.
pub async fn an_expectation_without_events_is_checked(store: EventStore) -> Case {
    let (written, watched) = (stream("written"), stream("watched"));
    append(&store, &drafts(&watched, 2)).await?;
    let stale = commit(&drafts(&written, 1))?.expect(watched.clone(), ExpectedVersion::Exact(Version::new(1)));
    let error = refused(&store, stale).await?;
    assert!(matches!(&error, AppendError::Conflict { actual, .. } if actual.value() == 2), "{error:?}");
    assert!(error.is_conflict() && read(&store, &written).await?.is_empty());
    let fresh = commit(&drafts(&written, 1))?.expect(watched, ExpectedVersion::Exact(Version::new(2)));
    assert_eq!(store.append(fresh).await?.status(), AppendStatus::Committed);
    Ok(())
}

/// A commit without events writes nothing; its expectations count.
pub async fn an_empty_commit_writes_nothing(store: EventStore) -> Case {
    let appended = store.append(Append::new()).await?;
    assert_eq!((appended.status(), appended.recordings().len()), (AppendStatus::Committed, 0));
    let wrong = Append::new().expect(stream("none"), ExpectedVersion::Exists);
    assert!(refused(&store, wrong).await?.is_conflict());
    store.append(Append::new().expect(stream("none"), ExpectedVersion::NoStream)).await?;
    assert_eq!(store.stats().await?.events, 0);
    assert_eq!(store.stats().await?.streams, 0);
    Ok(())
}

/// Versions are 1, 2, 3, … in each stream; positions grow with the order of the commits; what an
/// append answers is what a read gives back.
pub async fn versions_have_no_holes_and_positions_grow(store: EventStore) -> Case {
    let streams = [stream("a"), stream("b"), stream("c")];
    let mut recordings = Vec::new();
    let mut order = Vec::new();
    for round in 1..=4 {
        let events: Vec<_> = streams.iter().cycle().take(round * 3 + 1).map(Draft::new).collect();
        recordings.extend_from_slice(append(&store, &events).await?.recordings());
        order.extend(draft_ids(&events));
    }
    assert!(recordings.is_sorted_by(|left, right| left.position < right.position));
    let log = read_log(&store, &EventFilter::new(), 1_000).await?;
    assert_eq!(ids(&log), order);
    let read_back: Vec<_> = log.iter().filter_map(|event| event.metadata().recording()).collect();
    assert_eq!(read_back, recordings);
    for stream in &streams {
        let events = read(&store, stream).await?;
        assert_eq!(versions(&events), (1..=events.len() as u64).collect::<Vec<_>>());
        assert_eq!(store.stream_version(stream).await?.value(), events.len() as u64);
    }
    Ok(())
}

/// Of appends that race with one expected version exactly one wins, round after round.
pub async fn one_winner_among_racing_appends(store: EventStore) -> Case {
    let stream = stream("raced");
    for round in 0..10 {
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let (store, stream) = (store.clone(), stream.clone());
            let commit = commit(&drafts(&stream, 2))?.expect(stream, ExpectedVersion::Exact(Version::new(round * 2)));
            tasks.push(tokio::spawn(async move { store.append(commit).await }));
        }
        let mut winners = 0;
        for task in tasks {
            match task.await? {
                Ok(_) => winners += 1,
                Err(error) => assert!(error.is_conflict(), "{error:?}"),
            }
        }
        assert_eq!(winners, 1);
        assert_eq!(store.stream_version(&stream).await?.value(), round * 2 + 2);
    }
    assert_eq!(versions(&read(&store, &stream).await?), (1..=20).collect::<Vec<_>>());
    Ok(())
}

/// Appends that expect nothing all succeed, whole, whatever else goes on in the store.
pub async fn many_tasks_at_once(store: EventStore) -> Case {
    let shared = stream("shared");
    let mut tasks = Vec::new();
    for task in 0..16_usize {
        let (store, shared) = (store.clone(), shared.clone());
        tasks.push(tokio::spawn(async move {
            let own = stream(&format!("own-{task}"));
            for round in 0..8_u64 {
                let events = [Draft::new(&shared), Draft::new(&own), Draft::new(&shared)];
                let expected = ExpectedVersion::Exact(Version::new(round));
                append_at(&store, &events, &own, expected).await??;
                assert!(store.stream_version(&own).await?.value() == round + 1);
                let stale = append_at(&store, &[Draft::new(&own)], &own, ExpectedVersion::NoStream).await?;
                assert!(stale.is_err_and(|error| error.is_conflict()));
            }
            Case::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let events = read(&store, &shared).await?;
    assert_eq!(versions(&events), (1..=256).collect::<Vec<_>>());
    let log = read_log(&store, &EventFilter::new(), 100).await?;
    assert_eq!(log.len(), 16 * 8 * 3);
    let whole = |chunk: &[crate::RecordedEvent]| matches!(chunk, [a, b, c] if a.stream() == &shared && b.stream() != &shared && c.stream() == &shared);
    assert!(log.chunks(3).all(whole), "the events of one commit don't stand together");
    Ok(())
}

/// The time of recording never goes back, even if the clock does.
pub async fn recorded_times_never_go_back(store: EventStore) -> Case {
    let clock = ManualClock::at(second(100));
    let store = store.with_clock(Arc::new(clock.clone()));
    let stream = stream("times");
    for time in [100, 50, 120, 119, 121] {
        clock.set(second(time));
        append(&store, &drafts(&stream, 2)).await?;
    }
    let times: Vec<_> =
        read(&store, &stream).await?.iter().filter_map(|event| event.metadata().recorded_at()).collect();
    let expected = [100, 100, 120, 120, 121].iter().flat_map(|time| [second(*time); 2]);
    assert_eq!(times, expected.collect::<Vec<_>>());
    Ok(())
}

/// An append whose future is dropped after the first poll is there wholly, or not at all, and the
/// store goes on.
pub async fn a_dropped_append_is_whole_or_absent(store: EventStore) -> Case {
    let mut pairs = Vec::new();
    for number in 0..50 {
        let (left, right) = (stream(&format!("left-{number}")), stream(&format!("right-{number}")));
        let commit = commit(&[Draft::new(&left), Draft::new(&right), Draft::new(&left)])?;
        {
            let future = pin!(store.append(commit));
            if let Poll::Ready(answer) = future.poll(&mut Context::from_waker(Waker::noop())) {
                answer?;
            }
        }
        pairs.push((left, right));
    }
    let after = stream("after");
    append(&store, &drafts(&after, 1)).await?;
    assert_eq!(store.stream_version(&after).await?.value(), 1);
    for (left, right) in pairs {
        let versions = (store.stream_version(&left).await?.value(), store.stream_version(&right).await?.value());
        assert!(matches!(versions, (0, 0) | (2, 1)), "half a commit: {versions:?}");
    }
    Ok(())
}
