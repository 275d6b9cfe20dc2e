//! Handlers of several events at once: `&[Envelope<'_, E>]` and `&[&RecordedEvent]`.

use syn::{Signature, Type};

use super::check::types;
use super::model::{EventArgument, Settings};
use crate::attr::Entries;
use crate::ctxt::Ctxt;
use crate::tokens::{bare, last_segment};

/// How many events a batch has at most where nothing is said.
const DEFAULT: u32 = 100;

const OF_A_BLOCK: &str =
    "this is about handlers of `&[Envelope<'_, E>]`: put `durable(from = …, batch = …)` on the method";
const OF_ONE: &str = "`batch` is for a handler of `&[Envelope<'_, E>]`, or of `&[&RecordedEvent]`; this one is called with one event at a time";
const INLINE: &str = "within `publish` a handler is called with one event, `&E`; a handler of several is durable: add `durable(from = \"start\")` or `durable(from = \"now\")`";
const CONCURRENT: &str = "a lane handles one batch after the other: leave `concurrency` out, or spread the handler over lanes by `partitions`";

/// What an extractor is about, where that is one event.
const OF_ONE_EVENT: [(&str, &str); 2] = [
    ("EventMetadata", "a batch has many events: each envelope has its own, `event.metadata()`"),
    (
        "IdempotencyKey",
        "a batch has many events: make each one's key by `IdempotencyKey::new(…)`, of the handler's name and the event's id",
    ),
];

/// What is said of batches must fit the event that is taken. A handler of several events has a limit then.
pub(super) fn check(
    signature: &Signature,
    event: &EventArgument,
    entries: &Entries,
    settings: &mut Settings,
    cx: &mut Ctxt,
) {
    let first = types(signature).next();
    let own = |key| entries.group("durable").and_then(|durable| durable.key(key));
    match (&mut settings.durable, event.is_batch()) {
        (None, true) if entries.lacks("durable") => cx.error(first, INLINE),
        (Some(durable), true) => {
            durable.batch.get_or_insert(DEFAULT);
            match own("concurrency") {
                Some(key) => cx.error(key, CONCURRENT),
                None if durable.concurrency.is_some() => cx.error(first, CONCURRENT),
                None => {}
            }
        }
        (Some(_), false) => one(entries, cx),
        (None, _) => {}
    }
    if event.is_batch() {
        types(signature).skip(1).for_each(|ty| of_many(ty, cx));
    }
}

/// A handler of one event has no batches.
pub(super) fn one(entries: &Entries, cx: &mut Ctxt) {
    if let Some(key) = entries.group("durable").and_then(|durable| durable.key("batch")) {
        cx.error(key, OF_ONE);
    }
}

/// Methods of one block take one event or several, each as it says itself.
pub(super) fn on_a_block(entries: &Entries, defaults: &mut Settings, cx: &mut Ctxt) {
    if let Some(key) = entries.group("durable").and_then(|durable| durable.key("batch")) {
        cx.error(key, OF_A_BLOCK);
    }
    if let Some(durable) = &mut defaults.durable {
        durable.batch = None;
    }
}

fn of_many(ty: &Type, cx: &mut Ctxt) {
    let inner = match bare(ty) {
        Type::Reference(reference) => bare(&reference.elem),
        other => other,
    };
    let Some(segment) = last_segment(inner) else { return };
    if let Some((_, mistake)) = OF_ONE_EVENT.iter().find(|(name, _)| segment.ident == name) {
        cx.error(ty, mistake);
    }
}
