//! Events, handlers and aggregates may stand anywhere, and be as visible as they like.

#![deny(warnings)]

use events::prelude::*;
use serde::{Deserialize, Serialize};

mod private {
    use events::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(no_stream)]
    pub(super) struct Hidden;

    #[event_handler]
    pub(in super::private) fn hidden(_: &Hidden) {}

    #[event_handler]
    pub(super) fn shown(_: &Hidden) {}

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(aggregate = "cell")]
    struct Split {
        #[event(id)]
        cell: String,
    }

    #[derive(Default, Serialize, Deserialize)]
    pub struct Cell {
        splits: u32,
    }

    #[aggregate(name = "cell", id = String)]
    impl Cell {
        #[when]
        fn split(&mut self, event: &Split) {
            self.splits += u32::from(!event.cell.is_empty());
        }
    }
}

macro_rules! event {
    ($vis:vis $name:ident, $text:literal, $version:literal, { $($field:ident: $ty:ty),* }) => {
        #[derive(Serialize, Deserialize, DomainEvent)]
        #[event(name = $text, version = $version, no_stream)]
        $vis struct $name { $($field: $ty),* }
    };
}

macro_rules! handler {
    ($name:ident, $event:ty) => {
        #[event_handler]
        fn $name(_: &$event) {}
    };
}

event!(pub Made, "made.by_macro", 3, { count: Option<Vec<u32>> });
handler!(made, Made);

struct Watch;

#[event_handler]
impl Watch {
    #[cfg(any())]
    fn never(&self, _: &Nothing) {}

    fn always(&self, _: &Made) {}
}

#[event_handler]
#[cfg(any())]
fn never(_: &Nothing) {}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "thing")]
struct Seen {
    #[event(id)]
    thing: u8,
    #[cfg(any())]
    never: Nothing,
    #[event(occurred_at)]
    at: chrono::DateTime<chrono::FixedOffset>,
}

#[derive(Default, Serialize, Deserialize)]
struct Thing;

#[aggregate(name = "thing")]
impl Thing {
    #[cfg(any())]
    #[when]
    fn never(&mut self, _: &Nothing) {}

    #[when]
    fn seen(&mut self, _: &Seen) {}
}

fn main() {
    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(no_stream)]
    struct Inner;

    #[event_handler]
    async fn inner(_: &Inner) {}

    let list = handlers![private::shown, made, inner, Watch];
    assert_eq!(list.len(), 4);
    assert_eq!(Made::DESCRIPTOR.fields()[0].type_name(), "Option<Vec<u32>>");
    assert_eq!((Made::DESCRIPTOR.name(), Made::DESCRIPTOR.version().value()), ("made.by_macro", 3));
    assert_eq!(Thing::DESCRIPTOR.events().len(), 1);
    assert_eq!(Seen::DESCRIPTOR.fields().len(), 2);
    let _ = private::Cell::DESCRIPTOR;
}
