//! `#[event_handler]`: how the handlers it makes are called, and what becomes of their answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use events::event::FieldRole;
use events::handler::{HandlerItem, HandlerRegistration, Requirement};
use events::prelude::*;
use events::{EventContext, ExtractError, FromContext};
use serde::{Deserialize, Serialize};

use crate::support::Journal;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_handler.pinged", no_stream)]
struct Pinged {
    hops: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_handler.ponged", no_stream)]
struct Ponged;

/// An error that says what it means.
#[derive(Debug, thiserror::Error)]
#[error("no such mailbox")]
struct NoMailbox;

impl Classify for NoMailbox {
    fn class(&self) -> Class {
        Class::Permanent
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(9))
    }
}

/// Calls one handler and answers with the class of its failure.
fn class(handlers: Vec<&'static HandlerRegistration>) -> Option<Class> {
    let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers)).build().unwrap();
    let delivery = bus.publish(&Pinged { hops: 1 });
    assert_eq!(delivery.handled() + delivery.failures().len(), 1);
    delivery.failures().first().map(|failure| failure.class())
}

#[event_handler]
fn macros_unit(_: &Pinged) {}

#[event_handler]
fn macros_outcome(_: &Pinged) -> Outcome {
    Outcome::Ignored
}

#[event_handler]
fn macros_dead(_: &Pinged) -> Result<Outcome, NoMailbox> {
    Ok(Outcome::Dead { reason: "nobody wants it".to_owned() })
}

#[event_handler]
fn macros_classified(_: &Pinged) -> Result<(), NoMailbox> {
    Err(NoMailbox)
}

#[event_handler]
fn macros_classified_outcome(_: &Pinged) -> Result<Outcome, NoMailbox> {
    Err(NoMailbox)
}

#[event_handler]
fn macros_plain_error(_: &Pinged) -> Result<(), std::num::ParseIntError> {
    "x".parse::<u8>().map(drop)
}

#[event_handler]
fn macros_anyhow(_: &Pinged) -> anyhow::Result<()> {
    anyhow::bail!("at sixes and sevens")
}

#[event_handler]
fn macros_boxed(_: &Pinged) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err("boxed".into())
}

#[event_handler]
fn macros_text(_: &Pinged) -> Result<(), String> {
    Err("text".to_owned())
}

#[event_handler]
fn macros_static_text(_: &Pinged) -> Result<(), &'static str> {
    Err("text")
}

#[event_handler]
fn macros_handler_error(_: &Pinged) -> Result<(), HandlerError> {
    Err(HandlerError::permanent("for good"))
}

#[test]
fn an_error_that_classifies_itself_is_asked_and_no_other() {
    assert_eq!(class(handlers![macros_classified]), Some(Class::Permanent));
    assert_eq!(class(handlers![macros_classified_outcome]), Some(Class::Permanent));
    for handler in handlers![macros_plain_error, macros_anyhow, macros_boxed, macros_text, macros_static_text] {
        assert_eq!(class(vec![handler]), Some(Class::Transient), "{}", handler.name());
    }
}

#[test]
fn a_handler_error_keeps_its_class_and_a_classified_error_its_delay() {
    assert_eq!(class(handlers![macros_handler_error]), Some(Class::Permanent));
    let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![macros_classified])).build().unwrap();
    let delivery = bus.publish(&Pinged { hops: 1 });
    assert_eq!(delivery.failures()[0].error().delay(), Some(Duration::from_secs(9)));
    assert_eq!(delivery.failures()[0].error().error().to_string(), "no such mailbox");
}

#[test]
fn nothing_and_outcomes_are_answers() {
    assert_eq!(class(handlers![macros_unit]), None);
    assert_eq!(class(handlers![macros_outcome]), None);
    assert_eq!(class(handlers![macros_dead]), Some(Class::Permanent));
}

trait Mail: Send + Sync {
    fn from(&self) -> &str;
}

struct Fake;

impl Mail for Fake {
    fn from(&self) -> &str {
        "fake"
    }
}

/// An extractor from outside of the framework.
struct Actor<'c>(&'c str);

impl<'c> FromContext<'c> for Actor<'c> {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        let actor = context.metadata().actor().ok_or_else(|| ExtractError::new("nobody acts"))?;
        Ok(Self(actor.as_str()))
    }
}

#[event_handler]
fn macros_everything<'a>(
    event: &'a Envelope<'a, Pinged>,
    metadata: &EventMetadata,
    State(mail): State<&Arc<dyn Mail>>,
    attempt: Attempt,
    key: IdempotencyKey,
    State(journal): State<&'a Journal>,
    Actor(actor): Actor<'_>,
) {
    assert_eq!(metadata.event_id(), event.metadata().event_id());
    journal.note(format!("{} {} {} {}", event.hops, mail.from(), attempt.is_first(), actor));
    journal.note(key.to_string().split(':').next().unwrap());
}

#[test]
fn arguments_are_made_by_their_types() {
    let journal = Journal::default();
    let bus = EventBus::builder()
        .handlers(HandlerRegistry::only(handlers![macros_everything]))
        .state(journal.clone())
        .state(Arc::new(Fake) as Arc<dyn Mail>)
        .build()
        .unwrap();
    bus.publish_with(&Pinged { hops: 3 }, &Context::actor("ada")).into_result().unwrap();
    assert_eq!(journal.lines(), ["3 fake true ada", "macros_everything"]);
    let delivery = bus.publish(&Pinged { hops: 3 });
    assert_eq!(delivery.failures()[0].class(), Class::Permanent);
    assert_eq!(delivery.failures()[0].error().to_string(), "nobody acts");
}

#[event_handler(name = "macros.named", priority = -7, timeout = "1500ms")]
async fn macros_named(event: Envelope<'_, Pinged>, State(journal): State<&Journal>) -> Result<(), NoMailbox> {
    tokio::task::yield_now().await;
    journal.note(format!("{} hops", event.hops));
    Err(NoMailbox)
}

#[event_handler(events(Pinged, Ponged))]
fn macros_several(_: &RecordedEvent) {}

#[event_handler(all)]
async fn macros_all(_: &RecordedEvent) {}

#[tokio::test]
async fn an_async_handler_may_borrow_what_it_takes() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![macros_named]))
        .state(journal.clone())
        .build()
        .unwrap();
    let delivery = bus.publish(Pinged { hops: 2 }).await;
    assert_eq!(journal.lines(), ["2 hops"]);
    assert_eq!(delivery.failures()[0].class(), Class::Permanent);
}

#[test]
fn a_registration_says_what_the_options_say() {
    let [named, several, all] = handlers![macros_named, macros_several, macros_all].try_into().unwrap();
    assert_eq!((named.name(), named.priority()), ("macros.named", -7));
    assert_eq!(named.timeout(), Some(Duration::from_millis(1_500)));
    assert!(named.call().is_async() && !several.call().is_async());
    assert_eq!(named.requires().collect::<Vec<_>>(), [Requirement::state::<Journal>()]);
    assert_eq!(several.requires().collect::<Vec<_>>(), [Requirement::Dispatcher]);
    assert!(named.location().path().ends_with("macros_handler::macros_named"));
    let events::handler::EventSelector::Only(events) = several.events() else { panic!("not all events") };
    assert_eq!(
        events.iter().map(|event| event.name()).collect::<Vec<_>>(),
        ["macros_handler.pinged", "macros_handler.ponged"]
    );
    assert!(matches!(all.events(), events::handler::EventSelector::All));
    assert_eq!(Pinged::DESCRIPTOR.fields()[0].role(), FieldRole::Data);
}

/// A value with handlers.
struct MacrosAuditor {
    journal: Journal,
}

#[event_handler(timeout = "2s", priority = 4)]
impl MacrosAuditor {
    fn new(journal: &Journal) -> Self {
        Self { journal: journal.clone() }
    }

    #[event_handler(skip)]
    fn note(&self, what: fmt::Arguments<'_>) {
        self.journal.note(what.to_string());
    }

    fn pinged(&self, event: &Pinged, State(same): State<&Self>) {
        assert!(std::ptr::eq(self, same));
        self.note(format_args!("pinged {}", event.hops));
    }

    #[event_handler(name = "macros_auditor_ponged", priority = 9)]
    async fn ponged(&self, _: &Ponged) -> anyhow::Result<()> {
        tokio::task::yield_now().await;
        self.note(format_args!("ponged"));
        Ok(())
    }
}

struct MacrosWelcome(Journal);

#[event_handler(name = "macros_welcome")]
impl EventHandler<Pinged> for MacrosWelcome {
    fn handle(&self, event: &Pinged, _: &EventMetadata) -> Result<(), HandlerError> {
        self.0.note(format!("welcome {}", event.hops));
        Ok(())
    }
}

struct MacrosGateway(Journal);

#[event_handler(timeout = "3s")]
impl AsyncEventHandler<Ponged> for MacrosGateway {
    async fn handle(&self, _: &Ponged, _: &EventMetadata) -> Result<(), HandlerError> {
        tokio::task::yield_now().await;
        self.0.note("gateway");
        Err(HandlerError::permanent("closed"))
    }
}

#[tokio::test]
async fn values_handle_events_by_their_methods() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![MacrosAuditor, MacrosWelcome, MacrosGateway]))
        .state(MacrosAuditor::new(&journal))
        .state(MacrosWelcome(journal.clone()))
        .state(MacrosGateway(journal.clone()))
        .build()
        .unwrap();
    assert_eq!(bus.publish(Pinged { hops: 1 }).await.handled(), 2);
    let delivery = bus.publish(Ponged).await;
    assert_eq!(journal.lines(), ["pinged 1", "welcome 1", "ponged", "gateway"]);
    assert_eq!(delivery.failures()[0].class(), Class::Permanent);
}

#[test]
fn methods_have_names_and_take_the_blocks_options() {
    let [pinged, ponged] = MacrosAuditor::registrations() else { panic!("two handlers") };
    assert_eq!((pinged.name(), pinged.priority(), pinged.timeout()), ("MacrosAuditor.pinged", 4, None));
    assert_eq!((ponged.name(), ponged.priority()), ("macros_auditor_ponged", 9));
    assert_eq!(ponged.timeout(), Some(Duration::from_secs(2)));
    assert!(pinged.location().path().ends_with("MacrosAuditor::pinged"));
    assert_ne!(pinged.location().file().1, ponged.location().file().1);
    let [gateway] = MacrosGateway::registrations() else { panic!("one handler") };
    assert_eq!((gateway.name(), gateway.timeout()), ("MacrosGateway", Some(Duration::from_secs(3))));
}

#[test]
fn a_handler_may_stand_in_a_function() {
    #[event_handler]
    fn macros_inner(event: &Pinged) -> Result<(), String> {
        Err(format!("{} hops", event.hops))
    }
    assert_eq!(class(handlers![macros_inner]), Some(Class::Transient));
    assert_eq!(handlers![macros_inner][0].name(), "macros_inner");
}
