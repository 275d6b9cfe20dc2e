//! Prints what a program finds out about its handlers: the catalog, how starting goes, what is
//! logged, and what becomes of an event that nobody handles.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use events::{DomainEvent, EventDispatcher};
use serde::{Deserialize, Serialize};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Nobody handles it.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "report.asked", no_stream)]
struct Asked;

/// Prints the report of a program whose handlers need no state.
pub fn print() {
    logged(|| {
        print!("{}", events::catalog());
        match EventDispatcher::builder().build() {
            Ok(app) => println!("start: ok\nhandled: {}", publish(&app)),
            Err(error) => println!("start: {error}"),
        }
    });
}

/// Does something, and prints what is logged meanwhile.
pub fn logged(work: impl FnOnce()) {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), work);
    for line in log.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        println!("log: {line}");
    }
}

fn publish(app: &EventDispatcher) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime for the report");
    match runtime.block_on(app.publish(Asked)) {
        Ok(receipt) => receipt.delivery().handled().to_string(),
        Err(error) => error.to_string(),
    }
}

/// Keeps what is logged, without its list of what is registered, which is printed already.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut Message(&mut line));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Message<'a>(&'a mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            *self.0 += &format!(" {value:?}");
        }
    }
}
