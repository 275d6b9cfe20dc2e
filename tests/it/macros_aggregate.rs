//! `#[aggregate]`: the enum, the fold, and what is known about the aggregate.

use events::event::{DecodeReason, EventMetadata, Payload, Recording};
use events::prelude::*;
use events::sourcing::AggregateEvent;
use events::{Context, Position, Version};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_aggregate.opened", aggregate = "macros_aggregate.account")]
struct Opened {
    #[event(id)]
    account: u64,
}

mod money {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "macros_aggregate.deposited", aggregate = "macros_aggregate.account")]
    pub(super) struct Deposited {
        #[event(id)]
        pub(super) account: u64,
        pub(super) cents: u64,
    }
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_aggregate.closed", aggregate = "macros_aggregate.account")]
struct Closed {
    #[event(id)]
    account: u64,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Account {
    open: bool,
    cents: u64,
}

#[aggregate(name = "macros_aggregate.account", snapshot_every = 50)]
impl Account {
    const LIMIT: u64 = 1_000;

    fn may_hold(&self, cents: u64) -> bool {
        self.cents + cents <= Self::LIMIT
    }

    /// The account was opened.
    #[when]
    fn opened(&mut self, _: &Opened) {
        self.open = true;
    }

    #[when]
    #[inline]
    fn deposited(&mut self, event: &money::Deposited) {
        self.cents += event.cents;
    }
}

/// An event and an aggregate in a module of their own.
macro_rules! fold {
    ($module:ident, $name:literal, { $($options:tt)* }, $($body:tt)*) => {
        mod $module {
            use events::prelude::{DomainEvent, aggregate};
            use serde::{Deserialize, Serialize};

            #[derive(Serialize, Deserialize, DomainEvent)]
            #[event(name = $name, aggregate = $name)]
            pub(super) struct Added {
                #[event(id)]
                id: u64,
                cents: u64,
            }

            #[derive(Default, Serialize, Deserialize)]
            pub(super) struct Sum(u64);

            #[aggregate(name = $name, id = u64, $($options)*)]
            impl Sum {
                $($body)*
            }
        }
    };
}

fold! { plain, "macros_aggregate.plain", {},
    #[when]
    fn added(&mut self, event: &Added) {
        self.0 += event.cents;
    }
}

fold! { commented, "macros_aggregate.commented", {},
    /// With a comment.
    #[when]
    fn added(&mut self, event: &Added) {
        // And another.
        self.0   +=   event.cents;
    }

    /// No part of the fold.
    #[expect(dead_code, reason = "only there to be different")]
    fn twice(&self) -> u64 {
        self.0 * 2
    }
}

fold! { raised, "macros_aggregate.raised", { fold_version = 2 },
    #[when]
    fn added(&mut self, event: &Added) {
        self.0 += event.cents;
    }
}

fold! { other, "macros_aggregate.other", {},
    #[when]
    fn added(&mut self, event: &Added) {
        self.0 += event.cents / 2;
    }
}

fn recorded<E: DomainEvent>(event: &E) -> RecordedEvent {
    let metadata = EventMetadata::new(event, &Context::new());
    let recording = Recording { position: Position::new(4), version: Version::new(2), recorded_at: chrono::Utc::now() };
    RecordedEvent::new(metadata, recording, Payload::encode(event).unwrap())
}

#[test]
fn events_change_the_state_through_their_methods() {
    let mut account = Account::default();
    assert!(account.may_hold(1_000));
    let events: Vec<AccountEvent> = (
        Opened { account: 7 },
        vec![money::Deposited { account: 7, cents: 250 }],
        Some(AccountEvent::from(money::Deposited { account: 7, cents: 5 })),
    )
        .into_events();
    for event in &events {
        account.when(event);
    }
    assert_eq!(account, Account { open: true, cents: 255 });
    assert!(!account.may_hold(1_000));
}

#[test]
fn the_enum_reads_the_aggregates_events_and_no_other() {
    let event = AccountEvent::decode(&recorded(&money::Deposited { account: 7, cents: 9 }).data()).unwrap();
    assert!(matches!(&event, AccountEvent::Deposited(deposited) if deposited.cents == 9));
    assert_eq!(event.as_event().descriptor().name(), "macros_aggregate.deposited");
    assert_eq!(event.into_event().stream().unwrap().to_string(), "macros_aggregate.account/7");

    let error = AccountEvent::decode(&recorded(&Closed { account: 7 }).data()).unwrap_err();
    assert_eq!(error.reason(), DecodeReason::NoWhen { aggregate: "macros_aggregate.account" });
    assert_eq!(error.position(), Some(Position::new(4)));
}

#[test]
fn data_that_does_not_fit_is_reported_with_its_position() {
    let deposited = money::Deposited { account: 7, cents: 9 };
    let metadata = EventMetadata::new(&deposited, &Context::new());
    let recording = Recording { position: Position::new(4), version: Version::new(2), recorded_at: chrono::Utc::now() };
    let broken = RecordedEvent::new(metadata, recording, Payload::from_json("{}"));
    let error = AccountEvent::decode(&broken.data()).unwrap_err();
    assert!(matches!(error.reason(), DecodeReason::Malformed { .. }));
    assert_eq!(error.position(), Some(Position::new(4)));
}

#[test]
fn a_descriptor_says_what_the_block_says() {
    let descriptor = Account::DESCRIPTOR;
    assert_eq!((descriptor.name(), descriptor.snapshot_every()), ("macros_aggregate.account", Some(50)));
    let events: Vec<_> = descriptor.events().iter().map(|event| event.name()).collect();
    assert_eq!(events, ["macros_aggregate.opened", "macros_aggregate.deposited"]);
    assert_eq!(plain::Sum::DESCRIPTOR.snapshot_every(), None);
}

#[test]
fn the_hash_of_the_fold_follows_the_code_and_the_number() {
    let hash = plain::Sum::DESCRIPTOR.fold_hash();
    assert_eq!(hash, commented::Sum::DESCRIPTOR.fold_hash());
    assert_ne!(hash, raised::Sum::DESCRIPTOR.fold_hash());
    assert_ne!(hash, other::Sum::DESCRIPTOR.fold_hash());
}

#[test]
fn debug_names_the_event_and_shows_nothing_of_it() {
    let event = AccountEvent::from(money::Deposited { account: 7, cents: 9 });
    assert_eq!(format!("{event:?}"), "macros_aggregate.deposited");
}
