//! Spans from publishing to the dead letter, and no payload in any of them.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::prelude::*;
use events::testing::{ManualClock, settled};
use serde::{Deserialize, Serialize};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};

const SECRET: &str = "4111-1111-1111-1111";

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "traces.paid", aggregate = "traces.account")]
struct Paid {
    #[event(id)]
    account: u64,
    card: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Account {
    card: String,
}

#[aggregate(name = "traces.account", snapshot_every = 1)]
impl Account {
    #[when]
    fn paid(&mut self, event: &Paid) {
        self.card.clone_from(&event.card);
    }
}

#[event_handler]
fn traces_refuses(event: &Paid, attempt: Attempt) -> Result<(), String> {
    if attempt.is_first() { Err(format!("card {} was refused", event.card)) } else { Ok(()) }
}

/// Everything that spans and log events say, as text.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<String>>>);

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl Capture {
    fn note(&self, name: &str, record: impl FnOnce(&mut Words)) {
        let mut words = Words(name.to_owned());
        record(&mut words);
        self.0.lock().unwrap().push(words.0);
    }
}

impl<S: tracing::Subscriber> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: LayerContext<'_, S>) {
        self.note(attributes.metadata().name(), |words| attributes.record(words));
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) {
        self.note("log", |words| event.record(words));
    }
}

#[tokio::test]
async fn every_step_has_a_span_and_none_has_the_payload() {
    let capture = Capture::default();
    // With one subscriber in the process, a thread that has none may be the first to come upon a
    // span and turn it off for all; with two, all of them are asked.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(capture.clone()));
    let clock = ManualClock::default();
    let app = EventDispatcher::builder()
        .handlers(HandlerRegistry::only(handlers![traces_refuses]))
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .unwrap();

    let account = app.aggregate::<Account>(7);
    let paid = || Paid { account: 7, card: SECRET.to_owned() };
    account.execute(|_| Ok::<_, String>(paid())).await.unwrap();
    app.publish(paid()).await.unwrap();
    clock.advance(Duration::from_secs(60));
    settled(&app).await.unwrap();
    app.shutdown().await.unwrap();

    let lines = capture.0.lock().unwrap().clone();
    for span in ["publish", "commit", "handle", "load", "snapshot", "dead_letter"] {
        assert!(lines.iter().any(|line| line.split(' ').next() == Some(span)), "no span {span} in {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.contains("traces_refuses")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains(SECRET)), "{lines:#?}");
}
