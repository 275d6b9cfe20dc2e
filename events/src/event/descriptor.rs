//! What is known about an event type without having an event.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use super::{DecodeError, DomainEvent, ErasedEvent, Shape, Shapes};
use crate::id::{EventName, SchemaVersion};

/// The class of an event: who is meant to listen.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream, kind = "integration")]
/// struct PriceListPublished;
///
/// assert_eq!(PriceListPublished::DESCRIPTOR.kind(), EventType::Integration);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventType {
    /// A fact of the domain, for this application.
    #[default]
    Domain,
    /// A fact published for other applications.
    Integration,
    /// A fact about the application itself.
    System,
}

impl EventType {
    /// The word that `#[event(kind = "…")]` takes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Integration => "integration",
            Self::System => "system",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a field is to the framework.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::event::FieldRole;
///
/// let roles: Vec<_> = Counted::DESCRIPTOR.fields().iter().map(|field| field.role()).collect();
/// assert_eq!(roles, [FieldRole::Id, FieldRole::Data]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldRole {
    /// Data of the event.
    Data,
    /// The id of the aggregate.
    Id,
    /// The time at which the event happened.
    OccurredAt,
}

/// One field of an event.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// let fields = Counted::DESCRIPTOR.fields().iter().map(|field| (field.name(), field.type_name()));
/// assert!(fields.eq([("counter", "u64"), ("by", "u32")]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldDescriptor {
    name: &'static str,
    type_name: &'static str,
    role: FieldRole,
}

impl FieldDescriptor {
    /// A field, as the derive describes it.
    #[must_use]
    pub const fn new(name: &'static str, type_name: &'static str, role: FieldRole) -> Self {
        Self { name, type_name, role }
    }

    /// The field's name in Rust.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The field's type as it is written in the source.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// What the field is to the framework.
    #[must_use]
    pub const fn role(&self) -> FieldRole {
        self.role
    }
}

/// Where an annotated item stands in the source.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// let location = Ping::DESCRIPTOR.location();
/// assert!(location.path().ends_with("::Ping"));
/// assert_eq!(location.file().0, file!());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceLocation {
    module: &'static str,
    item: &'static str,
    file: &'static str,
    line: u32,
}

impl SourceLocation {
    /// A place in the source, as the macros record it.
    #[must_use]
    pub const fn new(module: &'static str, item: &'static str, file: &'static str, line: u32) -> Self {
        Self { module, item, file, line }
    }

    /// The item's Rust path.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.item)
    }

    /// The name of the crate that the item is in.
    pub(crate) fn crate_name(&self) -> &'static str {
        self.module.split("::").next().unwrap_or(self.module)
    }

    /// The file and line, as the compiler names them.
    #[must_use]
    pub fn file(&self) -> (&'static str, u32) {
        (self.file, self.line)
    }
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{} at {}:{}", self.module, self.item, self.file, self.line)
    }
}

impl fmt::Debug for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The parts of an [`EventDescriptor`] that the derive knows.
#[derive(Debug, Clone, Copy)]
pub struct EventSpec {
    /// The event's name.
    pub name: &'static str,
    /// The version of its schema.
    pub version: u32,
    /// Its class.
    pub kind: EventType,
    /// The name of the aggregate, or `None` for an event that is a stream of its own.
    pub aggregate: Option<&'static str>,
    /// Its fields in the order of the source.
    pub fields: &'static [FieldDescriptor],
    /// The version before this one.
    pub previous: Option<&'static EventDescriptor>,
    /// Where it is declared.
    pub location: SourceLocation,
}

/// Everything known about an event type; one static value per type, collected at link time.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(name = "cache_cleared", no_stream, kind = "system")]
/// struct CacheCleared {
///     entries: u64,
/// }
///
/// let descriptor = CacheCleared::DESCRIPTOR;
/// assert_eq!((descriptor.name(), descriptor.aggregate()), ("cache_cleared", None));
/// assert_eq!(descriptor.fields()[0].type_name(), "u64");
/// ```
pub struct EventDescriptor {
    spec: EventSpec,
    type_id: TypeId,
    decode: Decode,
    shape: fn(&mut Shapes) -> Shape,
}

/// Reads an event of a type that the caller doesn't name.
type Decode = fn(SchemaVersion, &str) -> Result<Arc<dyn ErasedEvent>, DecodeError>;

impl EventDescriptor {
    /// Describes the event type `E`; called by the derive.
    #[must_use]
    pub const fn new<E: DomainEvent>(spec: EventSpec) -> Self {
        Self { spec, type_id: TypeId::of::<E>(), decode: decode_erased::<E>, shape: unknown::<E> }
    }

    /// Knows the event's stored form, too; called by the derive.
    #[must_use]
    pub const fn with_shape(self, shape: fn(&mut Shapes) -> Shape) -> Self {
        Self { shape, ..self }
    }

    /// The event's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.spec.name
    }

    /// The event's name as an [`EventName`].
    #[must_use]
    pub const fn event_name(&self) -> EventName {
        EventName::from_static(self.spec.name)
    }

    /// The version of its schema.
    #[must_use]
    pub const fn version(&self) -> SchemaVersion {
        SchemaVersion::new(self.spec.version)
    }

    /// The class of event.
    #[must_use]
    pub const fn kind(&self) -> EventType {
        self.spec.kind
    }

    /// The name of the aggregate, or `None` for an event that is a stream of its own.
    #[must_use]
    pub const fn aggregate(&self) -> Option<&'static str> {
        self.spec.aggregate
    }

    /// The fields in the order of the source.
    #[must_use]
    pub const fn fields(&self) -> &'static [FieldDescriptor] {
        self.spec.fields
    }

    /// The version before this one.
    #[must_use]
    pub const fn previous(&self) -> Option<&'static EventDescriptor> {
        self.spec.previous
    }

    /// The stored form of its data; opaque for an event that isn't derived.
    #[must_use]
    pub fn shape(&self) -> Shape {
        (self.shape)(&mut Shapes::new())
    }

    /// Where the event is declared.
    #[must_use]
    pub const fn location(&self) -> SourceLocation {
        self.spec.location
    }

    /// The Rust type.
    #[must_use]
    pub const fn type_id(&self) -> TypeId {
        self.type_id
    }

    /// Reads an event of this type without naming the type.
    ///
    /// # Errors
    /// As [`DomainEvent::decode`].
    pub fn decode(&self, version: SchemaVersion, data: &str) -> Result<Arc<dyn ErasedEvent>, DecodeError> {
        (self.decode)(version, data)
    }
}

/// The shape of an event that doesn't say it.
fn unknown<E>(_: &mut Shapes) -> Shape {
    super::shape::code::opaque(std::any::type_name::<E>())
}

fn decode_erased<E: DomainEvent>(version: SchemaVersion, data: &str) -> Result<Arc<dyn ErasedEvent>, DecodeError> {
    E::decode(version, data).map(|event| Arc::new(event) as _)
}

impl fmt::Debug for EventDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{} ({})", self.spec.name, self.spec.version, self.spec.location)
    }
}
