//! Everything that generated code might call by its short name is something else here.

use serde::{Deserialize, Serialize};

macro_rules! types {
    ($($name:ident)*) => {
        $(
            #[expect(dead_code, reason = "it is only in the way")]
            struct $name;
        )*
    };
}

macro_rules! traits {
    ($($name:ident)*) => {
        $(
            #[expect(dead_code, reason = "it is only in the way")]
            trait $name {}
        )*
    };
}

macro_rules! modules {
    ($($name:ident)*) => {
        $(mod $name {})*
    };
}

macro_rules! macros {
    ($($name:ident)*) => {
        $(
            #[expect(unused_macros, reason = "it is only in the way")]
            macro_rules! $name {
                () => {};
            }
        )*
    };
}

macros! { assert concat file format line module_path option_env panic submit vec }

types! { Result Option String Box Vec Arc Pin Some None Ok Err Duration EventId EventMetadata Envelope State }
types! { Call EventContext ExtractError Requirement HandlerSpec HandlerRegistration EventSpec EventDescriptor SourceLocation }
traits! { FromContext Send Sync From Into Future Fn FnOnce DomainEvent EventHandler HandlerItem Aggregate IntoEvents Storable }
modules! { core std alloc events serde_json inventory events_macros __private __events }

/// A door was opened.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "shadowed.door", name = "shadowed.opened")]
pub struct Opened {
    /// Which door.
    #[event(id)]
    pub door: u64,
}

/// A door was painted.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "shadowed.door", name = "shadowed.painted", version = 2, previous = Opened2)]
pub struct Painted {
    /// Which door.
    #[event(id)]
    pub door: u64,
}

/// What painting a door once was.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "shadowed.door", name = "shadowed.painted")]
pub struct Opened2 {
    #[event(id)]
    door: u64,
}

impl ::core::convert::From<Opened2> for Painted {
    fn from(old: Opened2) -> Self {
        Self { door: old.door }
    }
}

/// A door.
#[derive(Debug, ::core::default::Default, Serialize, Deserialize)]
pub struct Door {
    opened: u32,
}

#[::events::aggregate(name = "shadowed.door", snapshot_every = 3)]
impl Door {
    #[when]
    fn opened(&mut self, _: &Opened) {
        self.opened = self.opened.saturating_add(1);
    }

    #[when]
    fn painted(&mut self, _: &Painted) {}
}

/// Rings.
///
/// # Errors
/// Never.
#[::events::event_handler(name = "shadowed.ring")]
pub async fn ring(_: &Opened) -> ::core::result::Result<(), ::std::io::Error> {
    ::core::future::ready(::core::result::Result::Ok(())).await
}

/// Answers.
#[::events::event_handler(name = "shadowed.answer")]
pub fn answer(_: &Opened, _: ::events::State<&u64>) -> ::events::Outcome {
    ::events::Outcome::Done
}

/// Who rings.
#[derive(Debug, ::events::FromContext)]
pub struct Guest<'context>(&'context ::events::EventMetadata, ::events::State<&'context u64>);

/// Asks who it is.
#[::events::event_handler(name = "shadowed.ask")]
pub fn ask(_: &Opened, Guest(context, event): Guest<'_>) {
    ::core::assert_eq!((*event.0, context.headers().len()), (7, 0), "nobody says more");
}

/// Lives behind the door.
#[derive(Debug)]
pub struct Porter;

#[::events::event_handler(name = "shadowed.porter")]
impl ::events::EventHandler<Opened> for Porter {
    fn handle(&self, _: &Opened, _: &::events::EventMetadata) -> ::core::result::Result<(), ::events::HandlerError> {
        ::core::result::Result::Ok(())
    }
}
