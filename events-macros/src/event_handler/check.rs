//! What makes no sense, each at the user's own token.

use quote::ToTokens;
use syn::{Attribute, FnArg, ItemImpl, LitStr, ReceiverKind, ReturnType, Signature, Type};

use super::attr::is_ours;
use super::durable::{Durable, Order};
use super::model::{EventArgument, Selector, Settings};
use crate::attr::Entries;
use crate::ctxt::Ctxt;
use crate::name::{self, Named};
use crate::tokens::{bare, is_transaction, type_text};

/// Which events the handler is called with; options and argument must agree.
pub(crate) fn selector(event: &EventArgument, entries: &Entries, cx: &mut Ctxt) -> Option<Selector> {
    let (all, events) = (entries.key("all"), entries.key("events"));
    if let (Some(all), Some(_)) = (all, events) {
        cx.error(all, "`all` and `events(…)` exclude each other");
        return None;
    }
    let ty = match event {
        EventArgument::Recorded | EventArgument::RecordedBatch => {
            if let Some(types) = entries.types("events") {
                return listed(types, entries, cx);
            }
            return all.map(|_| Selector::All);
        }
        EventArgument::Reference(ty)
        | EventArgument::EnvelopeReference(ty)
        | EventArgument::Envelope(ty)
        | EventArgument::Batch(ty) => ty,
    };
    let several = if event.is_batch() { "&[&RecordedEvent]" } else { "&RecordedEvent" };
    for key in [all, events].into_iter().flatten() {
        cx.error(
            key,
            format_args!(
                "`{key}` is for a handler of several events, which takes `{several}`; this one handles the event that it takes"
            ),
        );
    }
    Some(Selector::Only(vec![ty.clone()]))
}

fn listed(types: &[Type], entries: &Entries, cx: &mut Ctxt) -> Option<Selector> {
    if types.is_empty() {
        if let Some(key) = entries.key("events") {
            cx.error(key, "`events(…)` names at least one event; `all` stands for every event");
        }
        return None;
    }
    let mut seen = Vec::new();
    for ty in types {
        let text = type_text(ty);
        if seen.contains(&text) {
            cx.error(ty, format_args!("`{text}` is named twice"));
        }
        seen.push(text);
    }
    Some(Selector::Only(types.iter().map(ToTokens::to_token_stream).collect()))
}

/// `&RecordedEvent` says nothing about which events are meant.
pub(crate) fn recorded_needs_selection(signature: &Signature, entries: &Entries, cx: &mut Ctxt) {
    if !entries.lacks("all") || !entries.lacks("events") {
        return;
    }
    cx.error(types(signature).next(), "a handler of `&RecordedEvent` says which events it wants: `#[event_handler(events(A, B))]` or `#[event_handler(all)]`");
}

/// The types of the arguments, `self` apart.
pub(super) fn types(signature: &Signature) -> impl Iterator<Item = &Type> {
    signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(&*argument.ty),
        FnArg::Receiver(_) => None,
    })
}

/// Only what awaits can be interrupted.
pub(crate) fn timeout(signature: &Signature, entries: &Entries, cx: &mut Ctxt) {
    if signature.asyncness.is_none()
        && let Some(timeout) = entries.key("timeout")
    {
        cx.error(timeout, "a sync handler can't be interrupted: make it an `async fn`, or leave `timeout` out");
    }
}

/// A durable handler has lanes of its own.
pub(crate) fn priority(entries: &Entries, is_durable: bool, cx: &mut Ctxt) {
    if is_durable && let Some(priority) = entries.key("priority") {
        cx.error(
            priority,
            "a priority orders the calls within `publish`, and a durable handler is called later, by itself: leave `priority` out",
        );
    }
}

/// Only a durable handler has a transaction, and only one.
pub(crate) fn transaction(signature: &Signature, entries: &Entries, settings: &Settings, cx: &mut Ctxt) {
    let mut transactions = types(signature).filter(|ty| is_transaction(ty));
    if let Some(first) = transactions.next()
        && settings.durable.is_none()
        && entries.lacks("durable")
    {
        cx.error(first, "`Tx` is the transaction that moves a durable handler's checkpoint: add `durable(from = \"start\")` or `durable(from = \"now\")`");
    }
    if let Some(second) = transactions.next() {
        cx.error(second, "there is one transaction, and it is lent once: take one `Tx`");
    }
}

/// The former name of a handler is another one.
pub(crate) fn renamed(settings: &Settings, name: &str, cx: &mut Ctxt) {
    if let Some(old) = former_name(settings)
        && old.value() == name
    {
        cx.error(old, "this is the handler's name: `renamed_from` is the one that it had before");
    }
}

/// A block stands for several handlers, each of which had a name of its own.
pub(crate) fn renamed_block(settings: &mut Settings, cx: &mut Ctxt) {
    let Some(durable) = &mut settings.durable else { return };
    if let Some(old) = durable.renamed_from.take() {
        cx.error(old, "this is about one handler: put `durable(from = …, renamed_from = \"…\")` on the method; or keep the old names of all of them by `name = \"…\"` on the block");
    }
}

fn former_name(settings: &Settings) -> Option<&LitStr> {
    settings.durable.as_ref()?.renamed_from.as_ref()
}

/// A key is a field that all events of the handler have.
pub(crate) fn key(settings: &Settings, selector: &Selector, cx: &mut Ctxt) {
    if let (Some(Durable { order: Order::Key(field), .. }), Selector::All) = (&settings.durable, selector) {
        cx.error(
            field,
            "no field is in every event: `order = key(field)` is for a handler of `&E`, or of `events(A, B)` that all have it",
        );
    }
}

/// What waits and can't be seen to, and what never comes back.
pub(crate) fn output(signature: &Signature, cx: &mut Ctxt) {
    let ReturnType::Type(_, ty) = &signature.output else { return };
    match bare(ty) {
        Type::ImplTrait(returned) if signature.asyncness.is_none() => cx.error(
            returned,
            "a handler that waits is an `async fn`; what it returns is `()`, a `Result` or an `Outcome`",
        ),
        Type::Never(never) => {
            cx.error(never, "a handler comes to an end: what it returns is `()`, a `Result` or an `Outcome`");
        }
        _ => {}
    }
}

/// A second attribute would make every handler of the item once more.
pub(crate) fn twice(attributes: &[Attribute], cx: &mut Ctxt) -> bool {
    let second = attributes.iter().find(|attribute| is_ours(attribute));
    if let Some(second) = second {
        cx.error(second, "`#[event_handler]` is given twice: put all options into one");
    }
    second.is_some()
}

/// What is no method of a block is no handler.
pub(crate) fn stray_in_a_block(attributes: &[Attribute], cx: &mut Ctxt) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        cx.error(attribute, "nothing here can handle an event: `#[event_handler]` goes on a method with `&self`");
    }
}

/// A method that is no handler has no options.
pub(crate) fn skip(entries: &Entries, cx: &mut Ctxt) {
    if entries.key("skip").is_some() {
        for key in entries.others("skip") {
            cx.error(key, format_args!("`{key}` says something about a handler, and `skip` that this is none"));
        }
    }
}

/// The name as the user has written it.
pub(crate) fn name(entries: &Entries, cx: &mut Ctxt) {
    if let Some(name) = entries.text("name") {
        name::check(Named::Handler, name, cx);
    }
}

/// One value, and one event, stand for a handler.
pub(crate) fn not_generic(item: &ItemImpl, cx: &mut Ctxt) {
    let mistake = match &item.trait_ {
        Some(_) => {
            "a handler can't be generic: it is registered for the event that its trait names, and for the one value given to `.state(…)`"
        }
        None => "a type with handlers can't be generic: they are registered for the one value given to `.state(…)`",
    };
    for parameter in &item.generics.params {
        cx.error(parameter, mistake);
    }
}

/// The value given to `.state(…)` is shared by all calls.
pub(crate) fn receiver(signature: &Signature, cx: &mut Ctxt) {
    let Some(receiver) = signature.receiver() else { return };
    let name = &signature.ident;
    let mistake = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return,
        ReceiverKind::Reference(..) => {
            "`&mut self` is impossible, because calls run side by side: take `&self` and put what changes into a `Mutex` or an atomic"
        }
        _ => "the handlers of a value share it: take `&self`",
    };
    cx.error(receiver, format_args!("{mistake}; or mark `{name}` `#[event_handler(skip)]`, if it is no handler"));
}
