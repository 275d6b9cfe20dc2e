//! Events, handlers and aggregates in functions and private modules, as visible as they like.

use events::{HandlerRegistry, handlers};

/// A module that is seen only here, with items that are seen still less.
mod private {
    pub(super) mod inner {
        use events::{AggregateRoot, EventMetadata, EventSourcing, EventStore, aggregate, event_handler};
        use serde::{Deserialize, Serialize};

        #[derive(Debug, Serialize, Deserialize, events::DomainEvent)]
        #[event(no_stream, name = "places.hidden")]
        struct Hidden;

        #[derive(Debug, events::FromContext)]
        struct Call<'call>(&'call EventMetadata);

        #[event_handler(name = "places.private")]
        fn private(_: &Hidden, Call(metadata): Call<'_>) {
            drop(metadata.to_owned());
        }

        #[event_handler(name = "places.in_path")]
        pub(in crate::places) fn in_path(_: &Hidden) {}

        #[event_handler(name = "places.super")]
        pub(super) fn in_super(_: &Hidden) {}

        #[event_handler(name = "places.crate")]
        pub(crate) async fn in_crate(_: &Hidden) {}

        #[derive(Debug, Serialize, Deserialize, events::DomainEvent)]
        #[event(aggregate = "places.cell", name = "places.split")]
        pub(in crate::places) struct Split {
            #[event(id)]
            pub(in crate::places) cell: String,
        }

        #[derive(Debug, Default, Serialize, Deserialize)]
        pub(in crate::places) struct Cell {
            splits: u32,
        }

        #[aggregate(name = "places.cell")]
        impl Cell {
            #[when]
            fn split(&mut self, _: &Split) {
                self.splits = self.splits.saturating_add(1);
            }
        }

        pub(in crate::places) fn split() -> u32 {
            let mut cell = AggregateRoot::<Cell>::new("first".to_owned());
            cell.apply(Split { cell: "first".to_owned() });
            drop(EventSourcing::new(EventStore::memory()).aggregate::<Cell>("second".to_owned()));
            cell.splits
        }
    }

    pub(super) use self::inner::in_crate as under_another_name;
}

/// Names handlers of a private module, and those of a function.
#[must_use]
pub fn chosen() -> HandlerRegistry {
    use events::event_handler;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize, events::DomainEvent)]
    #[event(no_stream, name = "places.local")]
    struct Local;

    #[event_handler(name = "places.in_a_function")]
    fn handler(_: &Local) {
        #[event_handler(name = "places.in_a_handler")]
        fn handler(_: &Local) {}

        drop(handlers![handler]);
    }

    assert_eq!(private::inner::split(), 1, "one split");
    HandlerRegistry::only(handlers![private::inner::in_path, private::under_another_name, handler])
}
