//! What a registered handler is before it is called.

use std::fmt;
use std::time::Duration;

use super::{BoxFuture, DurableSpec, EventContext, HandlerResult, Requirement, RetryPolicy};
use crate::event::{EventDescriptor, SourceLocation};
use crate::id::HandlerName;

/// How a registered handler is called.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// #[event_handler]
/// async fn upload(_: &Ping) {}
///
/// assert!(handlers![upload][0].call().is_async());
/// ```
#[derive(Clone, Copy)]
pub enum Call {
    /// An ordinary function.
    Sync(for<'c> fn(&'c EventContext<'_>) -> HandlerResult),
    /// An async function.
    Async(for<'c> fn(&'c EventContext<'_>) -> BoxFuture<'c, HandlerResult>),
}

impl Call {
    /// Whether it is an async function.
    #[must_use]
    pub const fn is_async(&self) -> bool {
        matches!(self, Self::Async(_))
    }
}

/// Which events a handler is called with.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::handler::EventSelector;
///
/// #[event_handler(all)]
/// fn audit(_: &RecordedEvent) {}
///
/// #[event_handler]
/// fn greet(_: &Ping) {}
///
/// assert!(matches!(handlers![audit][0].events(), EventSelector::All));
/// assert!(matches!(handlers![greet][0].events(), EventSelector::Only([event]) if event.name() == "ping"));
/// ```
#[derive(Clone, Copy)]
pub enum EventSelector {
    /// These.
    Only(&'static [&'static EventDescriptor]),
    /// Every event.
    All,
}

impl EventSelector {
    /// The events that it names; none where it is all of them.
    pub(crate) const fn named(self) -> &'static [&'static EventDescriptor] {
        match self {
            Self::Only(events) => events,
            Self::All => &[],
        }
    }
}

/// What the macro knows about a handler.
#[derive(Clone)]
pub struct HandlerSpec {
    /// Its name, unique in the program.
    pub name: &'static str,
    /// Which events it is called with.
    pub events: EventSelector,
    /// How it is called.
    pub call: Call,
    /// Handlers of a higher priority are called first; 0 unless said otherwise.
    pub priority: i32,
    /// How long an async handler may take; the builder's default when `None`.
    pub timeout: Option<Duration>,
    /// How it is delivered to, if it is durable.
    pub durable: Option<DurableSpec>,
    /// When it is called again after a failure; the builder's default when `None`.
    pub retry: Option<RetryPolicy>,
    /// What its arguments need to be there.
    pub requires: &'static [fn() -> Requirement],
    /// Where it is declared.
    pub location: SourceLocation,
}

/// A handler that the macro has registered.
///
/// `handlers![…]` gives a list of them:
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[event_handler]
/// fn pong(_: &Ping) {}
///
/// assert_eq!(handlers![pong][0].name(), "pong");
/// ```
pub struct HandlerRegistration {
    spec: HandlerSpec,
    package: Option<(&'static str, &'static str)>,
}

impl HandlerRegistration {
    /// A handler as the macro describes it.
    #[must_use]
    pub const fn new(spec: HandlerSpec) -> Self {
        Self { spec, package: None }
    }

    /// Names the package that the handler is compiled in, with its version, where the build tool does.
    #[must_use]
    pub const fn in_package(mut self, name: Option<&'static str>, version: Option<&'static str>) -> Self {
        if let (Some(name), Some(version)) = (name, version) {
            self.package = Some((name, version));
        }
        self
    }

    /// The package that the handler is compiled in, and its version.
    #[must_use]
    pub const fn package(&self) -> Option<(&'static str, &'static str)> {
        self.package
    }

    /// Its name, unique in the program.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Its name as a [`HandlerName`].
    #[must_use]
    pub const fn handler_name(&self) -> HandlerName {
        HandlerName::from_static(self.spec.name)
    }

    /// Which events it is called with.
    #[must_use]
    pub const fn events(&self) -> EventSelector {
        self.spec.events
    }

    /// How it is called.
    #[must_use]
    pub const fn call(&self) -> Call {
        self.spec.call
    }

    /// Handlers of a higher priority are called first.
    #[must_use]
    pub const fn priority(&self) -> i32 {
        self.spec.priority
    }

    /// How long it may take, if it says so itself.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.spec.timeout
    }

    /// How it is delivered to, if it is durable.
    #[must_use]
    pub const fn durable(&self) -> Option<&DurableSpec> {
        self.spec.durable.as_ref()
    }

    /// When it is called again after a failure, if it says so itself.
    #[must_use]
    pub const fn retry(&self) -> Option<&RetryPolicy> {
        self.spec.retry.as_ref()
    }

    /// What its arguments need to be there; of those that are made of several, what each needs.
    pub fn requires(&self) -> impl Iterator<Item = Requirement> {
        let mut each = Vec::new();
        Requirement::All(self.spec.requires).each(&mut |requirement| each.push(requirement));
        each.into_iter()
    }

    /// Where it is declared.
    #[must_use]
    pub const fn location(&self) -> SourceLocation {
        self.spec.location
    }
}

impl fmt::Debug for HandlerRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.spec.name, self.spec.location)
    }
}

/// An item with `#[event_handler]`, so that [`handlers!`](crate::handlers) can name it.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::handler::HandlerItem;
///
/// struct Auditor;
///
/// #[event_handler]
/// impl Auditor {
///     fn seen(&self, _: &Ping) {}
///     fn filed(&self, _: &Ping) {}
/// }
///
/// let names = Auditor::registrations().iter().map(|handler| handler.name());
/// assert!(names.eq(["Auditor.seen", "Auditor.filed"]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event handler",
    label = "needs `#[event_handler]`",
    note = "add `#[event_handler]` to the function or the impl block"
)]
pub trait HandlerItem {
    /// The handlers that the item consists of.
    fn registrations() -> &'static [&'static HandlerRegistration];
}

/// A list of handlers, named at compile time by their paths.
///
/// Naming them also makes the linker keep their crates. Give the list to
/// [`HandlerRegistry::only`](crate::HandlerRegistry::only) or
/// [`without`](crate::HandlerRegistry::without).
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// mod web {
///     #[events::event_handler]
///     pub fn pong(_: &super::Ping) {}
/// }
///
/// # fn main() {
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![web::pong])).build().unwrap();
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// # }
/// ```
#[macro_export]
macro_rules! handlers {
    ($($handler:path),* $(,)?) => {
        $crate::__private::concat(&[$(<$handler as $crate::__private::HandlerItem>::registrations()),*])
    };
}
