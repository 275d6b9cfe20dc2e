//! What the cases have in common: drafts of events, and ways to write and read them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{BoxError, Error};
use crate::event::{
    DecodeError, DomainEvent, EventDescriptor, EventMetadata, EventSpec, EventType, FieldDescriptor, FieldRole,
    MetadataParts, RecordedEvent, SourceLocation, TraceContext, decode_json,
};
use crate::id::{Actor, AggregateName, CorrelationId, EventId, EventName, SchemaVersion, StreamId, Tenant};
use crate::store::{
    Append, AppendError, Appended, EventFilter, EventStore, ExpectedVersion, LogPage, LogQuery, NewEvent, StreamQuery,
};

/// What a case answers: an error of the store is a failure of the case.
pub type Case = Result<(), BoxError>;

/// The event of the suite. Its name and stream in the store are given by the [`Draft`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Noted {
    pub(super) note: u64,
    pub(super) text: String,
}

impl DomainEvent for Noted {
    type Id = u64;

    const DESCRIPTOR: &'static EventDescriptor = &EventDescriptor::new::<Self>(EventSpec {
        name: "contract_noted",
        version: 1,
        kind: EventType::Domain,
        aggregate: Some("contract_note"),
        fields: &[
            FieldDescriptor::new("note", "u64", FieldRole::Id),
            FieldDescriptor::new("text", "String", FieldRole::Data),
        ],
        previous: None,
        location: SourceLocation::new(module_path!(), "Noted", file!(), line!()),
    });

    fn aggregate_id(&self) -> Option<&u64> {
        Some(&self.note)
    }

    fn decode(version: SchemaVersion, data: &str) -> Result<Self, DecodeError> {
        decode_json("contract_noted", version, data)
    }
}

/// An event to be written, with everything about it open to change.
#[derive(Clone)]
pub(super) struct Draft {
    parts: MetadataParts,
    text: String,
}

impl Draft {
    pub(super) fn new(stream: &StreamId) -> Self {
        let id = EventId::now();
        let parts = MetadataParts {
            event_id: id,
            name: EventName::from_static("contract_noted"),
            schema_version: SchemaVersion::new(1),
            stream: stream.clone(),
            occurred_at: crate::clock::system_now(),
            recording: None,
            correlation_id: id.into(),
            causation_id: None,
            actor: None,
            tenant: None,
            trace: None,
            headers: BTreeMap::new(),
        };
        Self { parts, text: "something".into() }
    }

    pub(super) fn id(&self) -> EventId {
        self.parts.event_id
    }

    pub(super) fn with_id(mut self, id: EventId) -> Self {
        self.parts.event_id = id;
        self
    }

    pub(super) fn named(mut self, name: impl Into<EventName>) -> Self {
        self.parts.name = name.into();
        self
    }

    pub(super) fn with_schema_version(mut self, version: u32) -> Self {
        self.parts.schema_version = SchemaVersion::new(version);
        self
    }

    pub(super) fn in_stream(mut self, stream: &StreamId) -> Self {
        self.parts.stream = stream.clone();
        self
    }

    pub(super) fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub(super) fn occurred_at(mut self, time: DateTime<Utc>) -> Self {
        self.parts.occurred_at = time;
        self
    }

    pub(super) fn correlated(mut self, id: impl Into<CorrelationId>) -> Self {
        self.parts.correlation_id = id.into();
        self
    }

    pub(super) fn caused_by(mut self, id: EventId) -> Self {
        self.parts.causation_id = Some(id);
        self
    }

    pub(super) fn by(mut self, actor: impl Into<Actor>) -> Self {
        self.parts.actor = Some(actor.into());
        self
    }

    pub(super) fn on_behalf_of(mut self, tenant: impl Into<Tenant>) -> Self {
        self.parts.tenant = Some(tenant.into());
        self
    }

    pub(super) fn traced(mut self, traceparent: &str, tracestate: Option<&str>) -> Self {
        self.parts.trace =
            Some(TraceContext { traceparent: traceparent.into(), tracestate: tracestate.map(Into::into) });
        self
    }

    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.parts.headers.insert(name.into(), value.into());
        self
    }

    pub(super) fn metadata(&self) -> EventMetadata {
        self.parts.clone().into()
    }

    /// The event as it goes into a store.
    pub(super) fn build(&self) -> Result<NewEvent, BoxError> {
        let event = Noted { note: 1, text: self.text.clone() };
        let failed = |error| Error::from(error);
        Ok(NewEvent::new(&event, self.metadata()).map_err(failed)?)
    }
}

/// A stream of the suite.
pub(super) fn stream(id: &str) -> StreamId {
    stream_of("contract_note", id)
}

pub(super) fn stream_of(aggregate: &str, id: &str) -> StreamId {
    StreamId::new(AggregateName::from(aggregate), &id.to_owned())
}

/// As many events of one stream.
pub(super) fn drafts(stream: &StreamId, count: usize) -> Vec<Draft> {
    (0..count).map(|number| Draft::new(stream).with_text(format!("number {number}"))).collect()
}

pub(super) fn commit(drafts: &[Draft]) -> Result<Append, BoxError> {
    drafts.iter().try_fold(Append::new(), |commit, draft| Ok(commit.event(draft.build()?)))
}

/// Appends without any expectation.
pub(super) async fn append(store: &EventStore, drafts: &[Draft]) -> Result<Appended, BoxError> {
    Ok(store.append(commit(drafts)?).await?)
}

/// Appends and hands the refusal back.
pub(super) async fn refused(store: &EventStore, commit: Append) -> Result<AppendError, BoxError> {
    match store.append(commit).await {
        Ok(appended) => Err(format!("not refused: {appended:?}").into()),
        Err(error) => Ok(error),
    }
}

/// Appends under an expectation of one stream.
pub(super) async fn append_at(
    store: &EventStore,
    drafts: &[Draft],
    stream: &StreamId,
    expected: ExpectedVersion,
) -> Result<Result<Appended, AppendError>, BoxError> {
    Ok(store.append(commit(drafts)?.expect(stream.clone(), expected)).await)
}

/// The whole of a stream.
pub(super) async fn read(store: &EventStore, stream: &StreamId) -> Result<Vec<RecordedEvent>, Error> {
    store.read_stream(stream, StreamQuery::new()).await
}

/// The whole log, in pages of that size.
pub(super) async fn read_log(
    store: &EventStore,
    filter: &EventFilter,
    page: usize,
) -> Result<Vec<RecordedEvent>, Error> {
    let mut events = Vec::new();
    let mut query = LogQuery::new();
    loop {
        let page = store.read_log(query.with_filter(filter.clone()).with_limit(page)).await?;
        let next = page.next();
        events.extend(page.into_events());
        let Some(next) = next else { return Ok(events) };
        query = LogQuery::new().after(next);
    }
}

pub(super) fn ids<'e>(events: impl IntoIterator<Item = &'e RecordedEvent>) -> Vec<EventId> {
    events.into_iter().map(|event| event.metadata().event_id()).collect()
}

pub(super) fn draft_ids(drafts: &[Draft]) -> Vec<EventId> {
    drafts.iter().map(Draft::id).collect()
}

pub(super) fn page_ids(page: &LogPage) -> Vec<EventId> {
    ids(page.events())
}

/// The versions of events, as numbers.
pub(super) fn versions<'e>(events: impl IntoIterator<Item = &'e RecordedEvent>) -> Vec<u64> {
    events.into_iter().map(|event| event.version().value()).collect()
}

/// A time in 2026, some seconds after the start of the year.
pub(super) fn second(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + seconds, 0).unwrap_or_default()
}
