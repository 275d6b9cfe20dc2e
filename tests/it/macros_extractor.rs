//! `#[derive(FromContext)]`: structs of extractors, and what they need.

use std::sync::atomic::{AtomicU32, Ordering};

use events::handler::Requirement;
use events::prelude::*;
use events::{EventContext, ExtractError, FromContext, Problem};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Rung;

struct Bell(AtomicU32);
struct Door(&'static str);
struct Connection;

/// Without a lifetime.
#[derive(FromContext)]
struct Call {
    attempt: Attempt,
    key: IdempotencyKey,
}

/// Without names, and with another struct in it.
#[derive(FromContext)]
struct Visit<'c>(State<&'c Door>, Call, &'c EventMetadata);

/// Of any state.
#[derive(FromContext)]
struct With<'c, T>
where
    T: Send + Sync + 'static,
{
    value: State<&'c T>,
    visit: Visit<'c>,
}

#[derive(FromContext)]
struct Nothing;

#[event_handler]
fn extractor_ring(_: &Rung, _: Nothing, with: With<'_, Bell>) {
    let With { value: State(bell), visit: Visit(State(door), call, metadata) } = with;
    assert_eq!(door.0, "front");
    assert!(call.attempt.is_first());
    assert_eq!(call.key.to_string(), format!("extractor_ring:{}", metadata.event_id()));
    bell.0.fetch_add(1, Ordering::Relaxed);
}

fn registry() -> HandlerRegistry {
    HandlerRegistry::only(handlers![extractor_ring])
}

#[test]
fn a_struct_is_made_of_its_fields() {
    let bell = std::sync::Arc::new(Bell(AtomicU32::new(0)));

    #[event_handler]
    fn extractor_shared(_: &Rung, State(bell): State<&std::sync::Arc<Bell>>, visit: Visit<'_>) {
        bell.0.fetch_add(u32::from(visit.0.0.0 == "front"), Ordering::Relaxed);
    }

    let registry = HandlerRegistry::only(handlers![extractor_ring, extractor_shared]);
    let bus = EventBus::builder().handlers(registry).state(bell.clone()).state(Door("front"));
    let bus = bus.state(Bell(AtomicU32::new(5))).build().unwrap();
    assert_eq!(bus.publish(&Rung).handled(), 2);
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
}

#[test]
fn what_the_fields_need_is_missed_at_start_however_deep() {
    let error = EventBus::builder().handlers(registry()).build().unwrap_err();
    let missing: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            Problem::MissingState { type_name, .. } => *type_name,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(missing, [std::any::type_name::<Bell>(), std::any::type_name::<Door>()]);

    let [handler] = handlers![extractor_ring][..] else { panic!("there is one") };
    let others = [Requirement::Nothing, Requirement::SingleEvent];
    let single = handler.requires().filter(|requirement| !others.contains(requirement));
    assert_eq!(single.collect::<Vec<_>>(), [Requirement::state::<Bell>(), Requirement::state::<Door>()]);
}

#[test]
fn a_transaction_in_a_field_counts_as_one() {
    #[derive(FromContext)]
    struct Write<'c>(Tx<&'c mut Connection>);

    #[event_handler(name = "extractor_inline")]
    fn inline(_: &Rung, write: Write<'_>) {
        let Tx(_) = write.0;
    }

    #[event_handler(name = "extractor_two", durable(from = "now"))]
    fn two(_: &Rung, first: Write<'_>, second: Tx<&mut Connection>) {
        let (Tx(_), Tx(_)) = (first.0, second);
    }

    let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![inline])).build();
    assert!(matches!(bus.unwrap_err().problems(), [Problem::NeedsDurable { handler: "extractor_inline", .. }]));
    let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![two])).build();
    let error = app.map(drop).unwrap_err();
    let is_second = |problem: &Problem| matches!(problem, Problem::TwoTransactions { handler: "extractor_two", .. });
    assert!(error.problems().iter().any(is_second), "{error}");
}

#[test]
fn a_field_that_cannot_be_made_ends_the_call() {
    struct Signed;

    impl<'c> FromContext<'c> for Signed {
        fn from_context(_: &'c EventContext<'_>) -> Result<Self, ExtractError> {
            Err(ExtractError::new("no signature"))
        }
    }

    #[derive(FromContext)]
    struct Letter(Signed);

    #[event_handler(name = "extractor_letter")]
    fn letter(_: &Rung, _: Letter) {
        panic!("nothing was signed");
    }

    let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![letter])).build().unwrap();
    let delivery = bus.publish(&Rung);
    let [failure] = delivery.failures() else { panic!("there is one") };
    assert_eq!(failure.class(), Class::Permanent);
    assert!(failure.error().to_string().contains("no signature"), "{failure:?}");
}
