//! Aggregates and handlers of before and of after.

use events::prelude::*;
use events::testing::LockChange;
use serde::{Deserialize, Serialize};

use crate::state;

/// What two programs have in common, and what differs.
macro_rules! program {
    ($module:ident { $($body:tt)* }) => {
        mod $module {
            use super::{
                Deserialize, DomainEvent, RecordedEvent, Serialize, aggregate, event_handler,
            };

            #[derive(Serialize, Deserialize, DomainEvent)]
            #[event(name = "handlers.opened", aggregate = "handlers.door")]
            pub(super) struct Opened {
                #[event(id)]
                door: u64,
            }

            #[derive(Serialize, Deserialize, DomainEvent)]
            #[event(name = "handlers.shut", aggregate = "handlers.door")]
            pub(super) struct Shut {
                #[event(id)]
                door: u64,
            }

            #[event_handler(name = "handlers.audit", all)]
            fn audit(_: &RecordedEvent) {}

            #[derive(Default, Serialize, Deserialize)]
            struct Door;

            $($body)*
        }
    };
}

program! { before {
    #[aggregate(name = "handlers.door")]
    impl Door {
        #[when]
        fn opened(&mut self, _: &Opened) {}
        #[when]
        fn shut(&mut self, _: &Shut) {}
    }

    #[event_handler(name = "handlers.greet")]
    fn greet(_: &Opened) {}

    #[event_handler(name = "handlers.count", events(Opened, Shut), durable(from = "start"))]
    async fn count(_: &RecordedEvent) {}

    #[event_handler(name = "handlers.mail", durable(from = "now"))]
    async fn mail(_: &Opened) {}
} }

program! { more {
    #[aggregate(name = "handlers.door")]
    impl Door {
        #[when]
        fn opened(&mut self, _: &Opened) {}
        #[when]
        fn shut(&mut self, _: &Shut) {}
    }

    #[event_handler(name = "handlers.greet", durable(from = "now"))]
    async fn greet(_: &Opened) {}

    #[event_handler(name = "handlers.count", durable(from = "start"), all)]
    async fn count(_: &RecordedEvent) {}

    #[event_handler(name = "handlers.letters", events(Opened, Shut), durable(from = "now", renamed_from = "handlers.mail"))]
    async fn letters(_: &RecordedEvent) {}

    #[event_handler(name = "handlers.new")]
    fn new(_: &Shut) {}
} }

program! { newer {
    #[aggregate(name = "handlers.door")]
    impl Door {
        #[when]
        fn opened(&mut self, _: &Opened) {}
        #[when]
        fn shut(&mut self, _: &Shut) {}
    }

    #[event_handler(name = "handlers.greet")]
    fn greet(_: &Opened) {}

    #[event_handler(name = "handlers.count", events(Opened, Shut), durable(from = "start", version = 2))]
    async fn count(_: &RecordedEvent) {}

    #[event_handler(name = "handlers.mail", durable(from = "start", version = 3))]
    async fn mail(_: &Opened) {}
} }

program! { less {
    #[aggregate(name = "handlers.door")]
    impl Door {
        #[when]
        fn shut(&mut self, _: &Shut) {}
    }

    #[event_handler(name = "handlers.count", events(Opened), durable(from = "start"))]
    async fn count(_: &RecordedEvent) {}

    #[event_handler(name = "handlers.mail")]
    async fn mail(_: &Opened) {}
} }

program! { renamed {
    #[aggregate(name = "handlers.gate")]
    impl Door {
        #[when]
        fn opened(&mut self, _: &super::other::Opened) {}
    }

    #[event_handler(name = "handlers.welcome")]
    fn welcome(_: &Opened) {}

    #[event_handler(name = "handlers.sum", events(Opened, Shut), durable(from = "start"))]
    async fn sum(_: &RecordedEvent) {}
} }

mod other {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "handlers.gate_opened", aggregate = "handlers.gate")]
    pub(super) struct Opened {
        #[event(id)]
        gate: u64,
    }
}

fn changes(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let changes = state(&format!("handlers::{before}")).changes(&state(&format!("handlers::{after}")));
    let (breaking, fitting): (Vec<_>, Vec<_>) = changes.into_iter().partition(LockChange::is_breaking);
    let text = |changes: Vec<LockChange>| changes.iter().map(ToString::to_string).collect();
    (text(breaking), text(fitting))
}

#[test]
fn what_is_new_breaks_nothing() {
    let (breaking, fitting) = changes("before", "more");
    assert_eq!(breaking, [""; 0]);
    assert_eq!(
        fitting,
        [
            "handler handlers.count\n  + all events\n",
            "handler handlers.greet\n  - inline\n  + durable\n",
            "handler handlers.mail\n  + handler handlers.letters, which follows it\n",
            "handler handlers.mail\n  + event handlers.shut\n",
            "handler handlers.new\n  + new\n",
        ]
    );
}

#[test]
fn a_new_version_follows_the_old_one() {
    let (breaking, fitting) = changes("before", "newer");
    assert_eq!(breaking, [""; 0]);
    let expected = [
        "handler handlers.count\n  + handler handlers.count@2, which follows it\n",
        "handler handlers.mail\n  + handler handlers.mail@3, which follows it\n",
    ];
    assert_eq!(fitting, expected);
    let (breaking, _) = changes("newer", "before");
    assert_eq!(breaking.len(), 2, "there is no way back: {breaking:?}");
}

#[test]
fn what_is_gone_or_less_breaks() {
    let (breaking, fitting) = changes("before", "less");
    assert_eq!(fitting, [""; 0]);
    let expected = [
        "aggregate handlers.door\n  - event handlers.opened\n  has no `#[when]` method for it any more",
        "handler handlers.count\n  - event handlers.shut\n  is no longer called with it\n",
        "handler handlers.greet\n  is gone: nothing does any more what it did; if it is not linked here: the linker",
        "handler handlers.mail\n  - durable\n  + inline\n  is no longer durable",
    ];
    assert_eq!(breaking.len(), expected.len(), "{breaking:?}");
    for (text, start) in breaking.iter().zip(expected) {
        assert!(text.starts_with(start), "{text}");
    }
}

#[test]
fn what_has_another_name_is_gone() {
    let (breaking, _) = changes("before", "renamed");
    let expected = [
        ("aggregate handlers.door\n", "is gone, or has another name: its streams are found by this one"),
        (
            "handler handlers.count\n",
            "`handlers.sum` is new: if that is its new name, say `durable(renamed_from = \"handlers.count\")`",
        ),
        ("handler handlers.greet\n", "`handlers.welcome` is new: if that is its new name"),
        ("handler handlers.mail\n", "is gone, with a checkpoint and letters in the store"),
    ];
    assert_eq!(breaking.len(), expected.len(), "{breaking:?}");
    for (text, (start, part)) in breaking.iter().zip(expected) {
        assert!(text.starts_with(start) && text.contains(part), "{text}");
    }
    let (breaking, _) = changes("more", "less");
    assert!(breaking.iter().any(|text| text.starts_with("handler handlers.count\n  - all events\n")), "{breaking:?}");
    assert!(breaking.iter().any(|text| text.starts_with("handler handlers.letters\n  is gone")), "{breaking:?}");
}
