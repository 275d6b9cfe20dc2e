//! Items that a macro by example writes, from every sort of fragment.

use events::{EventMetadata, State, aggregate, event_handler};
use serde::{Deserialize, Serialize};

macro_rules! event {
    ($(#[$attribute:meta])* $vis:vis $name:ident: $text:literal, $version:literal { $($field:ident: $type:ty),* }) => {
        $(#[$attribute])*
        #[derive(Debug, Serialize, Deserialize, events::DomainEvent)]
        #[event(aggregate = "by_macro.wall", name = $text, version = $version)]
        $vis struct $name {
            /// Which wall.
            #[event(id)]
            pub id: u64,
            $(
                /// A field.
                pub $field: $type,
            )*
        }
    };
}

macro_rules! handler {
    ($(#[$attribute:meta])* $vis:vis $name:ident($event:ty $(, $extractor:ty)*) $body:block) => {
        $(#[$attribute])*
        #[event_handler]
        $vis fn $name(_: &$event $(, _: $extractor)*) $body
    };
}

macro_rules! handlers_of {
    ($type:ident: $($name:ident $event:path),*) => {
        #[event_handler]
        impl $type {
            $(fn $name(&self, _: &$event) {})*
        }
    };
}

macro_rules! state {
    ($type:ident $name:literal: $($when:ident $event:ty),*) => {
        /// A state.
        #[derive(Debug, Default, Serialize, Deserialize)]
        pub struct $type(u32);

        #[aggregate(name = $name)]
        impl $type {
            $(
                #[when]
                fn $when(&mut self, _: &$event) {
                    self.0 = self.0.saturating_add(1);
                }
            )*
        }
    };
}

macro_rules! item {
    ($item:item) => {
        $item
    };
}

macro_rules! timeout {
    ($limit:literal, $priority:expr) => {
        /// Waits.
        #[event_handler(timeout = $limit, priority = $priority)]
        pub async fn by_macro_wait(_: &Painted) {}
    };
}

event! {
    /// A wall was painted.
    pub Painted: "by_macro.painted", 3 { colour: Option<String>, coats: Vec<u32> }
}

event! {
    /// A wall was torn down.
    pub(crate) TornDown: "by_macro.torn_down", 1 {}
}

handler! {
    /// Looks.
    pub by_macro_look(Painted, &EventMetadata, State<&u64>) {}
}

macro_rules! extractor {
    ($vis:vis $name:ident<$lifetime:lifetime> { $($field:ident: $type:ty),* }) => {
        /// An extractor.
        #[derive(Debug, events::FromContext)]
        $vis struct $name<$lifetime> {
            $(
                /// A part.
                pub $field: $type,
            )*
        }
    };
}

extractor!(pub Visit<'call> { metadata: &'call EventMetadata, number: State<&'call u64> });

handler! {
    /// Takes what a macro wrote.
    pub by_macro_visit(Painted, Visit<'_>) {}
}

/// Looks too.
#[derive(Debug)]
pub struct Looker;

handlers_of!(Looker: painted Painted, torn_down TornDown);
state!(Wall "by_macro.wall": painted Painted, torn_down TornDown);
timeout!("2s", -3);

item! {
    /// Is passed through a macro.
    #[event_handler]
    pub fn by_macro_item(_: &Painted) {}
}
