//! Appending again: idempotence by event id.

use futures_util::future::join;

use super::support::{Case, Draft, append, commit, drafts, read, refused, stream, stream_of};
use crate::id::{EventId, Version};
use crate::store::{AppendError, AppendStatus, EventStore, ExpectedVersion};

/// The same commit again answers as the first time, whatever is expected by now.
pub async fn the_same_commit_answers_as_before(store: EventStore) -> Case {
    let (left, right) = (stream("left"), stream("right"));
    let events = [Draft::new(&left), Draft::new(&right), Draft::new(&left)];
    let first = store.append(commit(&events)?.expect(left.clone(), ExpectedVersion::NoStream)).await?;
    append(&store, &drafts(&left, 3)).await?;
    let expectations = [
        ExpectedVersion::Any,
        ExpectedVersion::NoStream,
        ExpectedVersion::Exact(Version::new(5)),
        ExpectedVersion::Exact(Version::new(99)),
    ];
    for expected in expectations {
        let again = store.append(commit(&events)?.expect(left.clone(), expected)).await?;
        assert_eq!(again.status(), AppendStatus::Duplicate);
        assert_eq!(again.recordings(), first.recordings());
    }
    assert_eq!(store.stats().await?.events, 6);
    Ok(())
}

/// A commit is a duplicate as well if the events were written by several commits.
pub async fn events_of_several_commits_are_known_together(store: EventStore) -> Case {
    let stream = stream("one");
    let events = drafts(&stream, 4);
    for event in &events {
        append(&store, std::slice::from_ref(event)).await?;
    }
    let reversed: Vec<_> = events.iter().rev().cloned().collect();
    let again = append(&store, &reversed).await?;
    assert_eq!(again.status(), AppendStatus::Duplicate);
    let versions: Vec<_> = again.recordings().iter().map(|recording| recording.version.value()).collect();
    assert_eq!(versions, [4, 3, 2, 1]);
    Ok(())
}

/// A commit of which only a part is there is refused, wherever the part is, and writes nothing.
pub async fn a_partial_overlap_is_refused(store: EventStore) -> Case {
    let stream = stream("overlap");
    let known = drafts(&stream, 2);
    append(&store, &known).await?;
    let [first, second] = known.as_slice() else { return Err("two drafts were asked for".into()) };
    let fresh = drafts(&stream, 2);
    let [new, newer] = fresh.as_slice() else { return Err("two drafts were asked for".into()) };
    let overlaps = [vec![first, new], vec![new, first], vec![new, second, newer], vec![first, second, new]];
    for events in overlaps {
        let events: Vec<_> = events.into_iter().cloned().collect();
        let present: Vec<_> = events.iter().filter(|event| [first.id(), second.id()].contains(&event.id())).collect();
        for expected in [ExpectedVersion::Any, ExpectedVersion::Exact(Version::new(2)), ExpectedVersion::NoStream] {
            match refused(&store, commit(&events)?.expect(stream.clone(), expected)).await? {
                AppendError::PartialDuplicate { present: count, total, first } => {
                    assert_eq!((count, total), (present.len(), events.len()));
                    assert_eq!(Some(first), present.first().map(|event| event.id()));
                }
                error => return Err(format!("another error than expected: {error:?}").into()),
            }
        }
    }
    assert_eq!(read(&store, &stream).await?.len(), 2);
    Ok(())
}

/// An id that is taken by an event with another stream, name, schema version or payload is refused.
pub async fn an_id_is_never_used_twice(store: EventStore) -> Case {
    let stream = stream("one");
    let event = Draft::new(&stream);
    append(&store, std::slice::from_ref(&event)).await?;
    let others = [
        event.clone().in_stream(&super::support::stream("two")),
        event.clone().in_stream(&stream_of("contract_other", "one")),
        event.clone().named("contract_renamed"),
        event.clone().with_schema_version(2),
        event.clone().with_text("something else"),
    ];
    for other in others {
        for commit in [commit(std::slice::from_ref(&other))?, commit(&[Draft::new(&stream), other.clone()])?] {
            let commit = commit.expect(stream.clone(), ExpectedVersion::Exact(Version::new(1)));
            let error = refused(&store, commit).await?;
            assert!(matches!(error, AppendError::EventIdReused { event_id } if event_id == event.id()), "{error:?}");
        }
    }
    assert_eq!(store.stats().await?.events, 1);
    Ok(())
}

/// What the caller says about an event beside its content may differ: it is the same event.
pub async fn other_metadata_is_no_other_content(store: EventStore) -> Case {
    let event = Draft::new(&stream("one"));
    let first = append(&store, std::slice::from_ref(&event)).await?;
    let retold = event.by("somebody else").caused_by(EventId::now()).with_header("attempt", "2");
    let again = append(&store, &[retold]).await?;
    assert_eq!((again.status(), again.recordings()), (AppendStatus::Duplicate, first.recordings()));
    Ok(())
}

/// A commit with one id twice is refused.
pub async fn an_id_twice_in_a_commit_is_refused(store: EventStore) -> Case {
    let stream = stream("one");
    let event = Draft::new(&stream);
    for second in [event.clone(), event.clone().with_text("other"), Draft::new(&stream).with_id(event.id())] {
        let error = refused(&store, commit(&[event.clone(), Draft::new(&stream), second])?).await?;
        assert!(matches!(error, AppendError::EventIdReused { event_id } if event_id == event.id()), "{error:?}");
    }
    assert_eq!(store.stats().await?.events, 0);
    Ok(())
}

/// Of the same commit sent many times at once, one is written and all answer the same.
pub async fn racing_duplicates_are_written_once(store: EventStore) -> Case {
    for round in 0..8 {
        let stream = stream(&format!("round-{round}"));
        let events = drafts(&stream, 3);
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let (store, commit) = (store.clone(), commit(&events)?.expect(stream.clone(), ExpectedVersion::NoStream));
            tasks.push(tokio::spawn(async move { store.append(commit).await }));
        }
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await??);
        }
        let committed = answers.iter().filter(|answer| answer.status() == AppendStatus::Committed).count();
        assert_eq!(committed, 1);
        assert!(answers.windows(2).all(|pair| pair.iter().all(|answer| answer.recordings().len() == 3)));
        assert!(answers.windows(2).all(|pair| matches!(pair, [a, b] if a.recordings() == b.recordings())));
        assert_eq!(read(&store, &stream).await?.len(), 3);
    }
    Ok(())
}

/// The same commit twice among many others, all at once: a store that writes several commits together
/// may have both of them in its hands.
pub async fn duplicates_in_a_crowd_are_written_once(store: EventStore) -> Case {
    for round in 0..8 {
        let mut tasks = Vec::new();
        for other in 0..40 {
            let stream = stream(&format!("other-{round}-{other}"));
            let append = commit(&drafts(&stream, 1))?;
            let store = store.clone();
            tasks.push(tokio::spawn(async move { store.append(append).await }));
        }
        let stream = stream(&format!("twice-{round}"));
        let twice = commit(&drafts(&stream, 2))?.expect(stream.clone(), ExpectedVersion::NoStream);
        let (first, second) = join(store.append(twice.clone()), store.append(twice)).await;
        let (first, second) = (first?, second?);
        assert_eq!(first.recordings(), second.recordings());
        let committed = [&first, &second].iter().filter(|answer| answer.status() == AppendStatus::Committed).count();
        assert_eq!(committed, 1);
        for task in tasks {
            task.await??;
        }
        assert_eq!(read(&store, &stream).await?.len(), 2);
    }
    Ok(())
}
