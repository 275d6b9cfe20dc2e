//! What is refused before anything is written, and what is just small enough.

use chrono::{DateTime, TimeDelta, Utc};

use super::support::{Case, Draft, append, commit, drafts, read, refused, stream, stream_of};
use crate::store::limits::{MAX_EVENTS, MAX_HEADERS, MAX_ID, MAX_NAME, MAX_PAYLOAD, MAX_TRACEPARENT, MAX_TRACESTATE};
use crate::store::{AppendError, EventStore, Refusal};

/// Names and ids: empty, too long, with control characters.
pub async fn names_and_ids_are_checked(store: EventStore) -> Case {
    let ok = stream("ok");
    let name = |length| "n".repeat(length);
    let draft = || Draft::new(&ok);
    for text in ["", "a\0b", "line\nbreak", "\u{7f}"] {
        let refused_drafts = [
            draft().named(text),
            draft().in_stream(&stream_of(text, "id")),
            draft().in_stream(&stream(text)),
            draft().by(text),
            draft().on_behalf_of(text),
        ];
        for draft in refused_drafts {
            let refusal = refusal(&store, draft).await?;
            assert!(matches!(refusal, Refusal::Empty { .. } | Refusal::ControlCharacter { .. }), "{refusal:?}");
        }
    }
    let (longest, longest_id) = (name(MAX_NAME), name(MAX_ID));
    let longer = [
        draft().named(name(MAX_NAME + 1)),
        draft().in_stream(&stream_of(&name(MAX_NAME + 1), "id")),
        draft().in_stream(&stream(&name(MAX_ID + 1))),
        draft().in_stream(&stream(&"ä".repeat(MAX_ID / 2 + 1))),
        draft().by(name(MAX_ID + 1)),
        draft().on_behalf_of(name(MAX_ID + 1)),
    ];
    for draft in longer {
        let refusal = refusal(&store, draft).await?;
        assert!(matches!(refusal, Refusal::TooLong { .. }), "{refusal:?}");
    }
    let just_right = stream_of(&longest, &longest_id);
    let event =
        Draft::new(&just_right).named(longest.as_str()).by(longest_id.as_str()).on_behalf_of(longest_id.as_str());
    append(&store, &[event]).await?;
    assert_eq!(read(&store, &just_right).await?.len(), 1);
    assert_eq!(store.stats().await?.events, 1);
    Ok(())
}

/// Payloads, headers and numbers of events: the largest is kept, one more is refused.
pub async fn sizes_are_checked(store: EventStore) -> Case {
    let stream = stream("sizes");
    let frame = Draft::new(&stream).with_text("").build()?.payload().as_json().len();
    let largest = "x".repeat(MAX_PAYLOAD - frame);
    append(&store, &[Draft::new(&stream).with_text(largest.as_str())]).await?;
    let header = "h".repeat(MAX_HEADERS - 1);
    append(&store, &[Draft::new(&stream).with_header("h", &header)]).await?;
    let too_large = [
        Draft::new(&stream).with_text(format!("{largest}x")),
        Draft::new(&stream).with_header("h", &header).with_header("i", ""),
    ];
    for draft in too_large {
        let refusal = refusal(&store, draft).await?;
        assert!(matches!(refusal, Refusal::TooLong { .. }), "{refusal:?}");
    }
    match refused(&store, commit(&drafts(&stream, MAX_EVENTS + 1))?).await? {
        AppendError::Refused(Refusal::TooManyEvents { events, limit }) => {
            assert_eq!((events, limit), (MAX_EVENTS + 1, MAX_EVENTS));
        }
        error => return Err(error.into()),
    }
    let events = read(&store, &stream).await?;
    let kept = events.first().map(|event| event.payload().as_json().len());
    assert_eq!((events.len(), kept), (2, Some(MAX_PAYLOAD)));
    Ok(())
}

/// The trace context and the names of headers: too long, with control characters, without a name.
pub async fn traces_and_header_names_are_checked(store: EventStore) -> Case {
    let stream = stream("traces");
    let draft = || Draft::new(&stream);
    let (parent, state) = ("p".repeat(MAX_TRACEPARENT), "s".repeat(MAX_TRACESTATE));
    let too_long = [draft().traced(&format!("{parent}p"), None), draft().traced("p", Some(&format!("{state}s")))];
    for draft in too_long {
        let refusal = refusal(&store, draft).await?;
        assert!(matches!(refusal, Refusal::TooLong { .. }), "{refusal:?}");
    }
    let controlled = [
        draft().traced("00-1\r\n", None),
        draft().traced("00-1", Some("vendor=\0")),
        draft().with_header("client\n", "ios"),
    ];
    for draft in controlled {
        let refusal = refusal(&store, draft).await?;
        assert!(matches!(refusal, Refusal::ControlCharacter { .. }), "{refusal:?}");
    }
    let refusal = refusal(&store, draft().with_header("", "an empty name")).await?;
    assert!(matches!(refusal, Refusal::Empty { what: "name of a header", .. }), "{refusal:?}");
    append(&store, &[draft().traced(&parent, Some(&state)).with_header(" ", "line\n")]).await?;
    assert_eq!((read(&store, &stream).await?.len(), store.stats().await?.events), (1, 1));
    Ok(())
}

/// A commit with one event that can't be kept writes none.
pub async fn one_bad_event_refuses_the_commit(store: EventStore) -> Case {
    let stream = stream("one");
    let events = [Draft::new(&stream), Draft::new(&stream).named(""), Draft::new(&stream)];
    assert!(matches!(refused(&store, commit(&events)?).await?, AppendError::Refused(_)));
    assert_eq!(store.stats().await?.events, 0);
    Ok(())
}

/// Times from the year 1 to 9999 are kept to the microsecond, others refused.
pub async fn extreme_times_are_exact_or_refused(store: EventStore) -> Case {
    let stream = stream("times");
    let at = |text: &str| text.parse::<DateTime<Utc>>();
    let kept = [
        at("0001-01-01T00:00:00Z")?,
        at("1582-10-04T12:00:00.000001Z")?,
        at("1969-12-31T23:59:59.999999Z")?,
        at("1970-01-01T00:00:00Z")?,
        at("2038-01-19T03:14:08.5Z")?,
        at("9999-12-31T23:59:59.999999Z")?,
    ];
    let events: Vec<_> = kept.iter().map(|time| Draft::new(&stream).occurred_at(*time)).collect();
    append(&store, &events).await?;
    let read_back: Vec<_> = read(&store, &stream).await?.iter().map(|event| event.metadata().occurred_at()).collect();
    assert_eq!(read_back, kept);
    let outside = [
        at("0001-01-01T00:00:00Z")? - TimeDelta::microseconds(1),
        at("9999-12-31T23:59:59.999999Z")? + TimeDelta::microseconds(1),
        DateTime::<Utc>::MIN_UTC,
    ];
    for time in outside {
        let refusal = refusal(&store, Draft::new(&stream).occurred_at(time)).await?;
        assert!(matches!(refusal, Refusal::TimeOutOfRange { .. }), "{refusal:?}");
    }
    Ok(())
}

async fn refusal(store: &EventStore, draft: Draft) -> Result<Refusal, crate::error::BoxError> {
    match refused(store, commit(&[draft])?).await? {
        AppendError::Refused(refusal) => Ok(refusal),
        error => Err(error.into()),
    }
}
