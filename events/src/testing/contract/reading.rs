//! Reading streams, and what an event looks like when it comes back.

use super::support::{
    Case, Draft, Noted, append, draft_ids, drafts, ids, read, read_log, second, stream, stream_of, versions,
};
use crate::event::RecordedEvent;
use crate::id::{EventId, Position, Version};
use crate::store::{EventFilter, EventStore, LogQuery, StreamQuery};

/// Every part of a stream, in both directions, against slices of the whole.
pub async fn a_stream_is_read_in_parts(store: EventStore) -> Case {
    const COUNT: u64 = 7;
    let stream = stream("parts");
    for event in drafts(&stream, 7) {
        append(&store, &[Draft::new(&super::support::stream("noise")), event]).await?;
    }
    let bounds = [0, 1, 2, 4, 7, 8, u64::MAX];
    for from in bounds {
        for to in bounds {
            for limit in [0, 1, 3, 7, usize::MAX] {
                let query = StreamQuery::new().from(Version::new(from)).to(Version::new(to)).with_limit(limit);
                let wanted: Vec<_> = (1..=COUNT).filter(|version| (from..=to).contains(version)).collect();
                let forwards: Vec<_> = wanted.iter().copied().take(limit).collect();
                let backwards: Vec<_> = wanted.iter().rev().copied().take(limit).collect();
                assert_eq!(versions(&store.read_stream(&stream, query.clone()).await?), forwards);
                assert_eq!(versions(&store.read_stream(&stream, query.backwards()).await?), backwards);
            }
        }
    }
    Ok(())
}

/// Without metadata a stream is read in the same parts, and the metadata of the last event is its own.
pub async fn a_stream_s_data_is_that_of_its_events(store: EventStore) -> Case {
    let stream = stream("parts");
    let names = ["contract_noted", "contract_other", "contract_noted"];
    for (number, event) in (1..).zip(drafts(&stream, 7)) {
        let name = names.get(number % 3).copied().unwrap_or_default();
        append(&store, &[Draft::new(&super::support::stream("noise")), event.named(name).with_schema_version(9)])
            .await?;
    }
    let bounds = [0, 1, 3, 7, 8, u64::MAX].map(Version::new);
    for (from, to) in bounds.iter().flat_map(|from| bounds.map(|to| (*from, to))) {
        for limit in [0, 1, 3, 7, usize::MAX] {
            let query = StreamQuery::new().from(from).to(to).with_limit(limit);
            for query in [query.clone(), query.backwards()] {
                let wanted = store.read_stream(&stream, query.clone()).await?;
                let page = store.backend().read_stream_data(&stream, query).await?;
                assert!(page.events().eq(wanted.iter().map(RecordedEvent::data)), "{from} to {to}, {limit} at most");
                assert_eq!(page.last(), wanted.last().map(RecordedEvent::metadata));
                assert!(page.has_more() || limit > wanted.len(), "{from} to {to}, {limit} at most");
            }
        }
    }
    let missing = store.backend().read_stream_data(&super::support::stream("missing"), StreamQuery::new()).await?;
    assert!(missing.is_empty() && !missing.has_more() && missing.last().is_none());
    Ok(())
}

/// Large events come in smaller pages, which say that there are more.
pub async fn pages_of_large_events_make_up_a_stream(store: EventStore) -> Case {
    let (stream, text) = (stream("large"), "x".repeat(900 * 1024));
    for number in 0..12 {
        append(&store, &[Draft::new(&stream).with_text(format!("{number}{text}"))]).await?;
    }
    let wanted = read(&store, &stream).await?;
    let (mut seen, mut query) = (0, StreamQuery::new());
    loop {
        let page = store.backend().read_stream_data(&stream, query.clone()).await?;
        let rest = wanted.iter().skip(seen);
        assert!(!page.is_empty() && page.events().zip(rest).all(|(data, event)| data == event.data()));
        seen += page.len();
        let Some(last) = page.last_version().filter(|_| page.has_more()) else { break };
        query = query.from(last.next());
    }
    assert_eq!(seen, wanted.len());
    let (mut seen, mut after) = (0, Position::START);
    loop {
        let page = store.read_log_data(LogQuery::new().after(after)).await?;
        seen += page.len();
        after = page.through();
        if !page.has_more() {
            break;
        }
    }
    assert_eq!(seen, wanted.len());
    Ok(())
}

/// A stream that isn't there has no events and version zero.
pub async fn a_missing_stream_is_empty(store: EventStore) -> Case {
    append(&store, &drafts(&stream("there"), 1)).await?;
    for missing in [stream("missing"), stream("THERE"), stream_of("contract_other", "there"), stream("")] {
        assert!(read(&store, &missing).await?.is_empty());
        assert!(store.read_stream(&missing, StreamQuery::new().backwards()).await?.is_empty());
        assert_eq!(store.stream_version(&missing).await?, Version::ZERO);
    }
    Ok(())
}

/// A stream of more events than any page holds comes whole and in order, in both directions.
pub async fn a_long_stream_is_read_whole(store: EventStore) -> Case {
    let stream = stream("long");
    let events = drafts(&stream, 2_345);
    append(&store, &events).await?;
    let mut wanted = draft_ids(&events);
    assert_eq!(ids(&read(&store, &stream).await?), wanted);
    for limit in [127, 128, 129, 999, 1_000, 1_001, 2_000, 2_345] {
        let read = store.read_stream(&stream, StreamQuery::new().with_limit(limit)).await?;
        assert_eq!(Some(ids(&read).as_slice()), wanted.get(..limit));
    }
    wanted.reverse();
    assert_eq!(ids(&store.read_stream(&stream, StreamQuery::new().backwards()).await?), wanted);
    Ok(())
}

/// All that was said about an event comes back, from the stream and from the log.
pub async fn everything_about_an_event_comes_back(store: EventStore) -> Case {
    let stream = stream("all");
    let full = Draft::new(&stream)
        .named("contract_full")
        .with_schema_version(u32::MAX)
        .occurred_at(second(-40))
        .correlated(EventId::now())
        .caused_by(EventId::now())
        .by("ada")
        .on_behalf_of("acme")
        .traced("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some("vendor=1"))
        .with_header("client", "ios 4.2")
        .with_header("note", "");
    let traced = Draft::new(&stream).traced("00-00-00-00", None);
    let events = [full, Draft::new(&stream), traced];
    let appended = append(&store, &events).await?;
    for read in [read(&store, &stream).await?, read_log(&store, &EventFilter::new(), 2).await?] {
        assert_eq!(read.len(), events.len());
        for ((draft, recording), event) in events.iter().zip(appended.recordings()).zip(&read) {
            let mut expected = draft.metadata();
            expected.set_recording(*recording);
            assert_eq!(event.metadata(), &expected);
            assert_eq!(event.payload().as_json(), draft.build()?.payload().as_json());
        }
    }
    Ok(())
}

/// Text of any language, quotes and SQL stay what they are: in payloads, ids, names and headers.
pub async fn any_text_survives(store: EventStore) -> Case {
    let texts = [
        "Ünïcödé 食事 🍏 \u{202e}rtl",
        r#"'quotes' "double" `back` \ back\\slash"#,
        "'; DROP TABLE events; --",
        "% _ * ? [a] NULL",
        " spaces ",
        "e\u{301} is not é",
    ];
    for text in texts {
        let stream = stream_of(text, text);
        let event = Draft::new(&stream).named(text).with_text(text).by(text).on_behalf_of(text).with_header(text, text);
        append(&store, &[event]).await?;
        let events = read(&store, &stream).await?;
        let Some(event) = events.first() else { return Err(format!("no stream {text:?}").into()) };
        assert_eq!((event.name().as_str(), event.stream()), (text, &stream));
        assert_eq!(event.metadata().headers().get(text).map(String::as_str), Some(text));
        assert_eq!(store.count(EventFilter::new().name(text).aggregate(text).stream(stream)).await?, 1);
    }
    let control = "NUL \0, tab \t, line \n, bell \u{7}";
    append(&store, &[Draft::new(&stream("control")).with_text(control).with_header("h", control)]).await?;
    let events = read(&store, &stream("control")).await?;
    let Some(event) = events.first() else { return Err("no stream `control`".into()) };
    let noted: Noted = serde_json::from_str(event.payload().as_json())?;
    assert_eq!(noted.text, control);
    assert_eq!(event.metadata().headers().get("h").map(String::as_str), Some(control));
    Ok(())
}

/// Streams whose ids look alike are different streams.
pub async fn similar_streams_are_kept_apart(store: EventStore) -> Case {
    let keys = ["1", "01", "1 ", "a", "A", "a/b", "b", "018f0000-0000-7000-8000-00000000000a"];
    let mut streams: Vec<_> = keys.iter().map(|key| stream(key)).collect();
    streams.push(stream("018F0000-0000-7000-8000-00000000000A"));
    streams.extend([stream_of("contract_note/a", "b"), stream_of("contract_note", "a/b/c"), stream_of("c", "a")]);
    for (number, stream) in streams.iter().enumerate() {
        append(&store, &drafts(stream, number + 1)).await?;
    }
    for (number, stream) in streams.iter().enumerate() {
        assert_eq!(read(&store, stream).await?.len(), number + 1, "{stream}");
    }
    Ok(())
}
