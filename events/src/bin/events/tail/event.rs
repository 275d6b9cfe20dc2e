//! An event, as commands show it.

use chrono::{DateTime, Utc};
use events::{Actor, CorrelationId, EventId, EventName, Position, RecordedEvent, SchemaVersion, Tenant, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::text;

/// An event; its data only when it was asked for.
#[derive(Serialize)]
pub(crate) struct Event {
    pub(crate) position: Position,
    pub(crate) event_id: EventId,
    pub(crate) name: EventName,
    pub(crate) schema_version: SchemaVersion,
    pub(crate) stream: String,
    pub(crate) version: Version,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) correlation_id: CorrelationId,
    pub(crate) causation_id: Option<EventId>,
    pub(crate) actor: Option<Actor>,
    pub(crate) tenant: Option<Tenant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<Box<RawValue>>,
}

impl Event {
    pub(crate) fn new(event: &RecordedEvent, payload: bool) -> Self {
        let metadata = event.metadata();
        Self {
            position: event.position(),
            event_id: metadata.event_id(),
            name: event.name().clone(),
            schema_version: event.schema_version(),
            stream: event.stream().to_string(),
            version: event.version(),
            occurred_at: metadata.occurred_at(),
            recorded_at: metadata.recorded_at().unwrap_or_default(),
            correlation_id: metadata.correlation_id(),
            causation_id: metadata.causation_id(),
            actor: metadata.actor().cloned(),
            tenant: metadata.tenant().cloned(),
            payload: payload.then(|| text::json(event.payload())),
        }
    }
}
