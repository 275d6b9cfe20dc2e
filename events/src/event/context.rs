//! The caller's part of an event's metadata.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::TraceContext;
use super::metadata::Headers;
use crate::id::{Actor, CorrelationId, EventId, Tenant};

/// What the caller knows about the events it is about to publish.
///
/// Who acts, for whom, in which chain and in which trace: what of it is left open comes from the
/// event being handled at the moment, if there is one. Headers, ids and times are not passed on.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// let context = Context::actor("ada").with_tenant("acme").with_header("client", "ios 4.2");
/// let metadata = EventMetadata::new(&Ping, &context);
/// assert_eq!(metadata.tenant().unwrap(), &"acme");
/// assert_eq!(metadata.headers()["client"], "ios 4.2");
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Context {
    pub(crate) event_id: Option<EventId>,
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    pub(crate) correlation_id: Option<CorrelationId>,
    pub(crate) causation_id: Option<EventId>,
    pub(crate) actor: Option<Actor>,
    pub(crate) tenant: Option<Tenant>,
    pub(crate) trace: Option<Arc<TraceContext>>,
    pub(crate) headers: Headers,
}

impl Context {
    /// Leaves everything open.
    pub const fn new() -> Self {
        Self {
            event_id: None,
            occurred_at: None,
            correlation_id: None,
            causation_id: None,
            actor: None,
            tenant: None,
            trace: None,
            headers: None,
        }
    }

    /// Names who acts.
    pub fn actor(actor: impl Into<Actor>) -> Self {
        Self::new().with_actor(actor)
    }

    /// Names who acts.
    pub fn with_actor(mut self, actor: impl Into<Actor>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Names the customer on whose behalf it happens.
    pub fn with_tenant(mut self, tenant: impl Into<Tenant>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Joins a chain of events that began elsewhere.
    pub fn with_correlation_id(mut self, id: impl Into<CorrelationId>) -> Self {
        self.correlation_id = Some(id.into());
        self
    }

    /// Names the event that is the reason.
    pub fn with_causation_id(mut self, id: EventId) -> Self {
        self.causation_id = Some(id);
        self
    }

    /// Gives the event's id, which makes publishing it twice harmless: the second time answers as
    /// the first did. Only for a single event; a commit of several is refused.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::{Append, AppendStatus, NewEvent};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = EventStore::memory();
    /// let request = Context::new().with_event_id("0192d3a4-7b1c-7c3e-8f00-000000000001".parse()?);
    /// let append = Append::new().event(NewEvent::new(&Ping, EventMetadata::new(&Ping, &request))?);
    /// assert_eq!(store.append(append.clone()).await?.status(), AppendStatus::Committed);
    /// assert_eq!(store.append(append).await?.status(), AppendStatus::Duplicate);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_event_id(mut self, id: EventId) -> Self {
        self.event_id = Some(id);
        self
    }

    /// Says when it happened, where the event itself doesn't.
    pub fn with_occurred_at(mut self, time: DateTime<Utc>) -> Self {
        self.occurred_at = Some(time);
        self
    }

    /// Joins a trace: the `traceparent` and `tracestate` headers of W3C Trace Context.
    pub fn with_trace(mut self, trace: TraceContext) -> Self {
        self.trace = Some(Arc::new(trace));
        self
    }

    /// Adds an entry of the caller's own; the last one of a name stays.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Arc::make_mut(self.headers.get_or_insert_default()).insert(name.into(), value.into());
        self
    }
}
