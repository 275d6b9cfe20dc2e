//! All of it is registered, and does what it says.

use chrono::DateTime;
use events::event::SourceLocation;
use events::prelude::*;
use events::{Problem, catalog};

use events_tests_hygiene::{bare, by_macro, conditional, places, shadowed, shapes};

#[test]
fn every_handler_is_registered_under_its_name() {
    let names: Vec<_> = catalog().handlers().iter().map(|handler| handler.name()).collect();
    let expected = include_str!("handlers.txt");
    assert_eq!(names.join("\n"), expected.trim(), "handlers.txt lists what is linked");
}

#[test]
fn every_event_and_aggregate_is_registered_under_its_name() {
    let catalog = catalog();
    // The framework's own feature `nutrition` may be on.
    let ours = |location: SourceLocation| location.path().starts_with("events_tests_hygiene::");
    let events = catalog.events().iter().filter(|event| ours(event.location()));
    let events = events.map(|event| format!("{} v{}", event.name(), event.version()));
    let aggregates = catalog.aggregates().iter().filter(|aggregate| ours(aggregate.location()));
    let aggregates = aggregates.map(|aggregate| aggregate.name().to_owned());
    let names: Vec<_> = events.chain(aggregates).collect();
    let expected = include_str!("events.txt");
    assert_eq!(names.join("\n"), expected.trim(), "events.txt lists what is linked");
}

#[test]
fn shapes_are_those_of_the_types() {
    let shape = "frame: opaque Frame\n\
                 layers: object\n\
                 layers.first: u8\n\
                 layers.text: text\n\
                 named: object\n\
                 named.list: list\n\
                 named.list[]: opaque Frame\n\
                 title?: text or null\n\
                 type: one of\n\
                 type=dyn: nothing\n\
                 type=mixed: tuple\n\
                 type=mixed.0: u8\n\
                 type=mixed.1: opaque Frame\n\
                 type=own: object\n\
                 type=own.fn: u8\n";
    assert_eq!(shapes::Drawn::DESCRIPTOR.shape().to_string(), shape);
}

#[test]
fn what_handlers_need_is_known() {
    let error = AsyncEventBus::builder().build().unwrap_err();
    let of = |name| {
        error.problems().iter().filter(move |problem| {
            matches!(problem,
        Problem::MissingState { handler, .. } | Problem::NeedsDispatcher { handler, .. } if *handler == name)
        })
    };
    assert_eq!(of("raw_methods.async").count(), 1, "{error}");
    assert_eq!(of("loop").count(), 2, "{error}");
    assert_eq!(of("bare.audit").count(), 1, "{error}");
    assert_eq!(of("bare_meter.switched").count(), 2, "{error}");
    assert_eq!(of("bare.ask").count(), 1, "a field's state: {error}");
    assert_eq!(of("while").count(), 1, "{error}");
}

#[tokio::test]
async fn handlers_are_called() {
    let chosen = HandlerRegistry::only(handlers![
        bare::see,
        bare::ask,
        bare::tell,
        bare::Meter,
        shadowed::ring,
        shadowed::answer,
        shadowed::ask,
        shadowed::Porter,
        conditional::always,
        conditional::call,
        conditional::Watch,
        by_macro::by_macro_look,
        by_macro::by_macro_visit,
        by_macro::Looker,
    ]);
    let bus = AsyncEventBus::builder().handlers(chosen).state(bare::Meter).state(7_u64).state(shadowed::Porter);
    let bus = bus.state(conditional::Watch).state(by_macro::Looker).build().unwrap();
    let at = DateTime::UNIX_EPOCH;
    assert_eq!(bus.publish(bare::Switched { lamp: 1, on: true, at }).await.handled(), 3, "see, ask and the meter");
    let delivery = bus.publish(bare::Dimmed { lamp: 1, by: 5 }).await;
    assert_eq!((delivery.handled(), delivery.failures().len()), (1, 1), "the first attempt to tell fails");
    assert_eq!(bus.publish(shadowed::Opened { door: 1 }).await.handled(), 4, "ring, answer, ask and the porter");
    assert_eq!(bus.publish(conditional::Seen { thing: 1, at }).await.handled(), 3, "always, call and the watch");
    let painted = by_macro::Painted { id: 1, colour: None, coats: Vec::new() };
    assert_eq!(bus.publish(painted).await.handled(), 3, "look, visit and the looker");
}

#[test]
fn local_handlers_can_be_named() {
    let bus = AsyncEventBus::builder().handlers(places::chosen()).build().unwrap();
    assert!(format!("{bus:?}").contains("AsyncEventBus"), "{bus:?}");
}
