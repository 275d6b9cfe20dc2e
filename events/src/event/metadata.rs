//! What belongs to one occurrence of an event, and not to its type.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Cause, Context, ErasedEvent};
use crate::clock::Micros;
use crate::id::{
    Actor, AggregateName, CorrelationId, EventId, EventName, Position, SchemaVersion, StreamId, Tenant, Version,
};

/// Who, when, where and why of one event.
///
/// The framework fills it in; the caller's part comes from [`Context`] and from the event that is
/// being handled at the moment.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(aggregate = "user")]
/// struct UserRenamed { #[event(id)] user_id: u64, name: String }
///
/// let event = UserRenamed { user_id: 7, name: "Ada".into() };
/// let metadata = EventMetadata::new(&event, &Context::actor("admin"));
/// assert_eq!(metadata.name().as_str(), "user_renamed");
/// assert_eq!(metadata.stream().to_string(), "user/7");
/// assert_eq!(metadata.actor().unwrap().as_str(), "admin");
/// ```
#[derive(Clone, PartialEq)]
pub struct EventMetadata {
    event_id: EventId,
    name: EventName,
    schema_version: SchemaVersion,
    stream: StreamId,
    occurred_at: Micros,
    recording: Option<Recording>,
    correlation_id: CorrelationId,
    causation_id: Option<EventId>,
    actor: Option<Actor>,
    tenant: Option<Tenant>,
    trace: Option<Arc<TraceContext>>,
    headers: Headers,
}

/// The caller's own entries; nothing is allocated for none.
pub(crate) type Headers = Option<Arc<BTreeMap<String, String>>>;

static NO_HEADERS: BTreeMap<String, String> = BTreeMap::new();

/// Where and when a store has recorded an event.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{Append, NewEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let event = NewEvent::new(&Ping, EventMetadata::new(&Ping, &Context::new()))?;
/// assert!(event.metadata().recording().is_none());
/// let appended = EventStore::memory().append(Append::new().event(event)).await?;
/// let recording = appended.recordings()[0];
/// assert_eq!((recording.position.value(), recording.version.value()), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Its place in the log.
    pub position: Position,
    /// Its place in its stream.
    pub version: Version,
    /// When the store wrote it, by the clock of the process that wrote it; never earlier than what
    /// stands before it in the log.
    pub recorded_at: DateTime<Utc>,
}

/// The trace that an event belongs to, in the words of W3C Trace Context.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::event::TraceContext;
///
/// let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
/// let context = Context::new().with_trace(TraceContext { traceparent, tracestate: None });
/// assert!(EventMetadata::new(&Ping, &context).trace().unwrap().traceparent.starts_with("00-"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// The `traceparent` header.
    pub traceparent: String,
    /// The `tracestate` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
}

/// All parts of an [`EventMetadata`], for a backend that reads them from its store.
///
/// ```
/// use events::event::{EventMetadata, MetadataParts};
/// use events::{EventId, SchemaVersion, StreamId};
///
/// let event_id = EventId::now();
/// let metadata = EventMetadata::from(MetadataParts {
///     event_id,
///     name: "counted".into(),
///     schema_version: SchemaVersion::new(1),
///     stream: StreamId::new("counter", &7_u64),
///     occurred_at: Default::default(),
///     recording: None,
///     correlation_id: event_id.into(),
///     causation_id: None,
///     actor: Some("ada".into()),
///     tenant: None,
///     trace: None,
///     headers: Default::default(),
/// });
/// assert_eq!(metadata.stream().to_string(), "counter/7");
/// ```
#[derive(Clone)]
pub struct MetadataParts {
    /// The event's id.
    pub event_id: EventId,
    /// The event's name.
    pub name: EventName,
    /// The schema version it was written with.
    pub schema_version: SchemaVersion,
    /// Its stream.
    pub stream: StreamId,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Where the store keeps it.
    pub recording: Option<Recording>,
    /// The chain it belongs to.
    pub correlation_id: CorrelationId,
    /// The event that caused it.
    pub causation_id: Option<EventId>,
    /// Who caused it.
    pub actor: Option<Actor>,
    /// On whose behalf.
    pub tenant: Option<Tenant>,
    /// The trace it belongs to.
    pub trace: Option<TraceContext>,
    /// The caller's own entries.
    pub headers: BTreeMap<String, String>,
}

impl EventMetadata {
    /// Metadata for an event that happens now, by the system's clock.
    #[must_use]
    pub fn new(event: &dyn ErasedEvent, context: &Context) -> Self {
        super::cause::with_current(|cause| Self::fill(event, context, cause, Micros::now()))
    }

    /// Fills in what the context leaves open from the cause, and what that leaves open by itself.
    pub(crate) fn fill(event: &dyn ErasedEvent, context: &Context, cause: Option<&Cause>, now: Micros) -> Self {
        let descriptor = event.descriptor();
        let event_id = context.event_id.unwrap_or_else(|| EventId::at_micros(now));
        let correlation_id = context.correlation_id.or_else(|| cause.map(|cause| cause.correlation_id()));
        Self {
            event_id,
            name: descriptor.event_name(),
            schema_version: descriptor.version(),
            stream: event.stream().unwrap_or_else(|| own_stream(descriptor.name(), event_id)),
            occurred_at: event.occurred_at().or(context.occurred_at).map_or(now, Micros::from),
            recording: None,
            correlation_id: correlation_id.unwrap_or_else(|| event_id.into()),
            causation_id: context.causation_id.or_else(|| cause.and_then(|cause| cause.event_id())),
            actor: context.actor.clone().or_else(|| cause.and_then(|cause| cause.actor().cloned())),
            tenant: context.tenant.clone().or_else(|| cause.and_then(|cause| cause.tenant().cloned())),
            trace: context.trace.clone().or_else(|| cause.and_then(|cause| cause.shared_trace().cloned())),
            headers: context.headers.clone(),
        }
    }

    /// The event's id.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        self.event_id
    }

    /// The event's name.
    #[must_use]
    pub fn name(&self) -> &EventName {
        &self.name
    }

    /// The schema version it was written with.
    #[must_use]
    pub fn schema_version(&self) -> SchemaVersion {
        self.schema_version
    }

    /// The stream it belongs to.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// When it happened, cut to microseconds.
    #[must_use]
    pub fn occurred_at(&self) -> DateTime<Utc> {
        self.occurred_at.to_datetime()
    }

    /// Where a store has recorded it; `None` on a bus without a store.
    #[must_use]
    pub fn recording(&self) -> Option<Recording> {
        self.recording
    }

    /// Its place in the log, once recorded.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.recording.map(|recording| recording.position)
    }

    /// Its place in its stream, once recorded.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.recording.map(|recording| recording.version)
    }

    /// When a store recorded it.
    #[must_use]
    pub fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.recording.map(|recording| recording.recorded_at)
    }

    /// The chain of events it belongs to; its own id if it began one.
    #[must_use]
    pub fn correlation_id(&self) -> CorrelationId {
        self.correlation_id
    }

    /// The event in whose handler it was published.
    #[must_use]
    pub fn causation_id(&self) -> Option<EventId> {
        self.causation_id
    }

    /// Who caused it.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// On whose behalf it happened.
    #[must_use]
    pub fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// The trace it belongs to.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_deref()
    }

    pub(crate) fn shared_trace(&self) -> Option<&Arc<TraceContext>> {
        self.trace.as_ref()
    }

    /// The caller's own entries.
    #[must_use]
    pub fn headers(&self) -> &BTreeMap<String, String> {
        self.headers.as_deref().unwrap_or(&NO_HEADERS)
    }

    pub(crate) fn set_recording(&mut self, recording: Recording) {
        self.recording = Some(recording);
    }
}

/// An event without an aggregate is a stream of its own: nothing queues behind it.
fn own_stream(name: &'static str, event_id: EventId) -> StreamId {
    StreamId::new(AggregateName::from_static(name), &event_id.as_uuid())
}

impl From<MetadataParts> for EventMetadata {
    fn from(parts: MetadataParts) -> Self {
        Self {
            event_id: parts.event_id,
            name: parts.name,
            schema_version: parts.schema_version,
            stream: parts.stream,
            occurred_at: parts.occurred_at.into(),
            recording: parts.recording,
            correlation_id: parts.correlation_id,
            causation_id: parts.causation_id,
            actor: parts.actor,
            tenant: parts.tenant,
            trace: parts.trace.map(Arc::new),
            headers: (!parts.headers.is_empty()).then(|| Arc::new(parts.headers)),
        }
    }
}

/// Shows ids and names; of the headers only their names.
impl fmt::Debug for EventMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMetadata")
            .field("event_id", &self.event_id)
            .field("name", &self.name)
            .field("schema_version", &self.schema_version.value())
            .field("stream", &self.stream)
            .field("recording", &self.recording)
            .field("correlation_id", &self.correlation_id)
            .field("causation_id", &self.causation_id)
            .field("actor", &self.actor)
            .field("tenant", &self.tenant)
            .field("headers", &self.headers().keys())
            .finish_non_exhaustive()
    }
}
