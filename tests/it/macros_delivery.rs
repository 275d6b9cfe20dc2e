//! `durable(…)` and `retry(…)` of `#[event_handler]`: what a registration then says.

use std::sync::Arc;
use std::time::Duration;

use events::event::ErasedEvent;
use events::handler::{BeginsAt, DurableSpec, HandlerItem, HandlerRegistration, OnExhausted, Order, Requirement};
use events::prelude::*;
use events::{FromContext, Problem};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_delivery.paid", no_stream)]
struct Paid {
    customer: u64,
    #[serde(rename = "kind")]
    r#type: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_delivery.sent", no_stream)]
struct Sent {
    customer: Box<str>,
}

fn paid() -> Paid {
    Paid { customer: 7, r#type: "card".to_owned() }
}

fn sent() -> Sent {
    Sent { customer: "ada".into() }
}

/// What the only handler of a list says.
fn spec(handlers: Vec<&'static HandlerRegistration>) -> DurableSpec {
    let [handler] = handlers.as_slice() else { panic!("one handler: {handlers:?}") };
    *handler.durable().unwrap()
}

/// The key of an event in the order of a handler.
fn key(spec: DurableSpec, event: impl DomainEvent) -> Option<String> {
    let Order::Key(key) = spec.order else { panic!("no key: {:?}", spec.order) };
    let event: Arc<dyn ErasedEvent> = Arc::new(event);
    key(&*event)
}

#[event_handler]
fn delivery_inline(_: &Paid) {}

#[event_handler(durable(from = "start"))]
fn delivery_from_start(_: &Paid) {}

#[event_handler(durable(from = "now"))]
async fn delivery_from_now(_: &Paid) {}

#[event_handler(durable(
    from = "start",
    order = "stream",
    on_exhausted = "halt",
    partitions = 4,
    concurrency = 2,
    renamed_from = "delivery_old"
))]
fn delivery_everything(_: &Envelope<'_, Paid>) {}

#[event_handler(durable(from = "start", batch = 500))]
async fn delivery_in_batches(_: &[Envelope<'_, Paid>], _: Attempt) {}

#[event_handler(durable(from = "start"))]
fn delivery_in_batches_as_usual(_: &[Envelope<'_, Paid>]) {}

/// What it is made of is about one event.
#[derive(FromContext)]
struct OfOne<'c> {
    _metadata: &'c EventMetadata,
}

#[event_handler(durable(from = "start"))]
fn delivery_in_batches_of_one(_: &[Envelope<'_, Paid>], _: OfOne<'_>) {}

#[test]
fn a_handler_of_several_events_has_a_limit() {
    assert_eq!(spec(handlers![delivery_from_start]).batch, None);
    assert_eq!(spec(handlers![delivery_in_batches]).batch, Some(500));
    assert_eq!(spec(handlers![delivery_in_batches_as_usual]).batch, Some(100));
}

#[test]
fn what_is_about_one_event_is_refused_in_a_handler_of_several() {
    let build = |handlers| EventDispatcher::builder().handlers(HandlerRegistry::only(handlers)).build();
    assert!(build(handlers![delivery_in_batches]).is_ok());
    let error = build(handlers![delivery_in_batches_of_one]).unwrap_err();
    assert!(matches!(error.problems(), [Problem::NeedsSingleEvent { handler: "delivery_in_batches_of_one", .. }]));
    assert!(error.to_string().contains("take that from each envelope"), "{error}");
}

#[test]
fn a_handler_is_durable_if_it_says_so() {
    assert!(handlers![delivery_inline][0].durable().is_none());
    let now = spec(handlers![delivery_from_now]);
    assert_eq!((now.from, now.on_exhausted, now.renamed_from), (BeginsAt::Now, OnExhausted::Park, None));
    assert!(matches!(now.order, Order::Stream));
    let start = spec(handlers![delivery_from_start]);
    let default = DurableSpec::new(BeginsAt::Start);
    assert_eq!(
        (start.from, start.partitions, start.concurrency),
        (default.from, default.partitions, default.concurrency)
    );
}

#[test]
fn every_option_reaches_the_registration() {
    let spec = spec(handlers![delivery_everything]);
    assert_eq!((spec.from, spec.on_exhausted), (BeginsAt::Start, OnExhausted::Halt));
    assert_eq!((spec.partitions, spec.concurrency, spec.renamed_from), (4, 2, Some("delivery_old")));
    assert!(matches!(spec.order, Order::Stream));
}

#[event_handler(durable(from = "now", order = "global"))]
fn delivery_global(_: &Paid) {}

#[event_handler(durable(from = "now", order = "global", on_exhausted = "continue", partitions = 1))]
fn delivery_global_goes_on(_: &Paid) {}

#[event_handler(all, durable(from = "now", order = "none"))]
fn delivery_unordered(_: &RecordedEvent) {}

#[test]
fn what_is_parked_goes_with_the_order() {
    let global = spec(handlers![delivery_global]);
    assert!(matches!(global.order, Order::Global));
    assert_eq!(global.on_exhausted, OnExhausted::Halt, "everything would wait");
    assert_eq!(spec(handlers![delivery_global_goes_on]).on_exhausted, OnExhausted::Continue);
    let none = spec(handlers![delivery_unordered]);
    assert!(matches!(none.order, Order::None));
    assert_eq!(none.on_exhausted, OnExhausted::Continue, "nothing waits");
}

#[event_handler(durable(from = "now", order = key(r#type)))]
fn delivery_by_type(_: &Paid) {}

#[event_handler(events(Paid, Sent), durable(from = "now", order = key(customer)))]
fn delivery_by_customer(_: &RecordedEvent) {}

#[test]
fn a_key_is_the_text_of_a_field() {
    let by_type = spec(handlers![delivery_by_type]);
    assert_eq!(key(by_type, paid()).as_deref(), Some("card"));
    assert_eq!(key(by_type, sent()), None, "another event");
}

#[test]
fn events_of_several_types_share_a_key() {
    let by_customer = spec(handlers![delivery_by_customer]);
    assert_eq!(key(by_customer, paid()).as_deref(), Some("7"));
    assert_eq!(key(by_customer, sent()).as_deref(), Some("ada"));
}

struct DeliveryLedger;

#[event_handler(durable(from = "start", order = key(customer)), retry(attempts = 3))]
impl DeliveryLedger {
    fn paid(&self, _: &Paid) {}

    #[event_handler(durable(from = "now", renamed_from = "DeliveryLedger.posted"), retry(attempts = 5))]
    async fn sent(&self, _: &Sent) {}
}

struct DeliveryBilling;

#[event_handler(durable(from = "now", order = key(customer)), retry(attempts = 2))]
impl EventHandler<Sent> for DeliveryBilling {
    fn handle(&self, _: &Sent, _: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[test]
fn a_method_takes_what_the_block_says_unless_it_says_it_itself() {
    let [paid_handler, sent_handler] = DeliveryLedger::registrations() else { panic!("two handlers") };
    let (first, second) = (paid_handler.durable().unwrap(), sent_handler.durable().unwrap());
    assert_eq!((first.from, first.renamed_from), (BeginsAt::Start, None));
    assert_eq!(key(*first, paid()).as_deref(), Some("7"));
    assert_eq!((second.from, second.renamed_from), (BeginsAt::Now, Some("DeliveryLedger.posted")));
    assert!(matches!(second.order, Order::Stream), "nothing is left of the block's");
    let attempts = [paid_handler, sent_handler].map(|handler| handler.retry().map(RetryPolicy::attempts));
    assert_eq!(attempts, [Some(3), Some(5)]);
}

#[test]
fn a_value_of_a_handler_trait_may_be_durable() {
    let billing = handlers![DeliveryBilling];
    assert_eq!(billing[0].retry().map(RetryPolicy::attempts), Some(2));
    assert_eq!(key(spec(billing), sent()).as_deref(), Some("ada"));
}

struct Connection;

#[event_handler(durable(from = "start"))]
fn delivery_in_transaction(_: &Paid, Tx(_): Tx<&mut Connection>) {}

#[test]
fn a_durable_handler_may_take_the_transaction() {
    let requires: Vec<_> = handlers![delivery_in_transaction][0].requires().collect();
    assert_eq!(requires, [Requirement::Transaction]);
}

#[event_handler(retry(attempts = 8))]
fn delivery_default_attempts(_: &Paid) {}

#[event_handler(retry(initial_delay = "200ms"))]
fn delivery_default_initial(_: &Paid) {}

#[event_handler(retry(max_delay = "1m"))]
fn delivery_default_max(_: &Paid) {}

#[event_handler(retry(factor = 2))]
fn delivery_default_factor(_: &Paid) {}

#[event_handler(retry(jitter = 0.2))]
fn delivery_default_jitter(_: &Paid) {}

#[event_handler(retry(attempts = 3, initial_delay = "5s", max_delay = "2h", factor = 1.5, jitter = 0))]
async fn delivery_patient(_: &Paid) {}

#[test]
fn a_policy_is_what_it_says_and_the_default_for_the_rest() {
    let defaults = handlers![
        delivery_default_attempts,
        delivery_default_initial,
        delivery_default_max,
        delivery_default_factor,
        delivery_default_jitter
    ];
    for handler in defaults {
        assert_eq!(handler.retry(), Some(&RetryPolicy::default()), "{}", handler.name());
    }
    let patient = RetryPolicy::new(3)
        .with_initial_delay(Duration::from_secs(5))
        .with_max_delay(Duration::from_secs(7_200))
        .with_factor(1.5)
        .with_jitter(0.0);
    assert_eq!(handlers![delivery_patient][0].retry(), Some(&patient));
    assert_eq!(handlers![delivery_inline][0].retry(), None);
}
