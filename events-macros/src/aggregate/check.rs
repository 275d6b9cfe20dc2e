//! What makes no sense, each at the user's own token.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, ReceiverKind, ReturnType, Safety, Signature, Type};

use super::attr;
use super::model::Model;
use crate::attr::Entries;
use crate::ctxt::Ctxt;
use crate::name::{self, Named};
use crate::tokens::{attributes_of, bare, conditional_argument, last_segment, type_text};

/// Reports every mistake of the block and of its options.
pub(crate) fn check(item: &ItemImpl, entries: &Entries, model: &Model<'_>, cx: &mut Ctxt) {
    options(entries, cx);
    if let Some((path, _)) = &item.trait_ {
        cx.error(path, "`#[aggregate]` goes on the impl block with the `#[when]` methods, not on that of a trait");
    }
    if last_segment(&item.self_ty).is_none() {
        cx.error(&item.self_ty, "an aggregate is a struct or an enum of yours");
    }
    if !item.generics.params.is_empty() {
        cx.error(&item.generics, "an aggregate can't be generic: one name in the store stands for one type");
    }
    let marks = item.items.iter().map(|item| (item, attributes_of(item).iter().find(|it| attr::is_when(it))));
    let marked: Vec<_> = marks.filter_map(|(item, mark)| mark.map(|mark| (item, mark))).collect();
    for (_, mark) in marked.iter().filter(|(item, _)| !matches!(item, ImplItem::Fn(_))) {
        cx.error(mark, "`#[when]` marks a method: `#[when] fn happened(&mut self, event: &E) { … }`");
    }
    if marked.is_empty() && item.trait_.is_none() {
        let ident = &model.ident;
        cx.error(&item.self_ty, format_args!(
            "`{ident}` has no `#[when]` method, so no event could change it: add `#[when] fn happened(&mut self, event: &E) {{ … }}`"
        ));
    }
    clashes(model, cx);
}

/// A second attribute would make everything once more. What else is wrong may be right in the other.
pub(crate) fn twice(attributes: &[Attribute], cx: &mut Ctxt) -> bool {
    let second = attributes.iter().find(|attribute| attr::is_ours(attribute));
    if let Some(second) = second {
        cx.error(second, "`#[aggregate]` is given twice: put all options into one");
    }
    second.is_some()
}

fn options(entries: &Entries, cx: &mut Ctxt) {
    match entries.text("name") {
        Some(name) => name::check(Named::Aggregate, name, cx),
        None if !entries.lacks("name") => {}
        None => cx.error_at(
            Span::call_site(),
            "an aggregate needs a name, the one that its events have in `#[event(aggregate = \"…\")]`: `#[aggregate(name = \"…\")]`",
        ),
    }
    if let Some(every) = entries.number("snapshot_every") {
        if every.value < 1 {
            cx.error(&every.tokens, "a snapshot is taken after at least 1 event; leave `snapshot_every` out for none");
        } else if u32::try_from(every.value).is_err() {
            cx.error(&every.tokens, format_args!("`snapshot_every` is at most {}", u32::MAX));
        }
    }
    if let Some(version) = entries.number("fold_version")
        && u32::try_from(version.value).is_err()
    {
        cx.error(&version.tokens, format_args!("`fold_version` is between 0 and {}", u32::MAX));
    }
}

/// Two methods for one event, or two events of one name.
fn clashes(model: &Model<'_>, cx: &mut Ctxt) {
    for (index, when) in model.whens.iter().enumerate() {
        let mut before = model.whens.iter().take(index);
        let Some(first) = before.find(|before| before.variant == when.variant && !may_exclude(before, when)) else {
            continue;
        };
        if first.text == when.text {
            cx.error(
                when.event,
                format_args!("`{}` has a `#[when]` method already: `{}`", when.text, first.method.sig.ident),
            );
        } else {
            cx.error(
                when.event,
                format_args!(
                    "`{}` and `{}` would both be `{}::{}`: import one of them under another name (`use … as …`)",
                    first.text, when.text, model.event_enum, when.variant
                ),
            );
        }
    }
}

/// Methods under different conditions may be alternatives.
fn may_exclude(left: &super::model::When<'_>, right: &super::model::When<'_>) -> bool {
    !left.cfgs.is_empty() && !right.cfgs.is_empty()
}

/// The event that a `#[when]` method takes, if its signature is the right one.
pub(crate) fn event_of<'a>(method: &'a ImplItemFn, cx: &mut Ctxt) -> Option<&'a Type> {
    let signature = &method.sig;
    qualifiers(signature, cx);
    receiver(signature, cx);
    if let ReturnType::Type(_, ty) = &signature.output
        && !matches!(bare(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
    {
        cx.error(
            ty,
            "a `#[when]` method returns nothing: the event has happened, and what may be refused belongs in a command",
        );
    }
    let mut arguments = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    let Some(first) = arguments.next() else {
        cx.error(
            &signature.ident,
            format_args!("`{0}` takes no event: write `fn {0}(&mut self, event: &E)`", signature.ident),
        );
        return None;
    };
    for further in arguments {
        cx.error(further, "a `#[when]` method takes the event and nothing else: state is a fold over events");
    }
    event_type(&first.ty, cx)
}

fn event_type<'a>(ty: &'a Type, cx: &mut Ctxt) -> Option<&'a Type> {
    let mistake = match bare(ty) {
        Type::Reference(reference) => {
            let event = bare(&reference.elem);
            let text = type_text(event);
            match event {
                _ if reference.mutability.is_some() => format!("an event is a fact and can't be changed: `&{text}`"),
                Type::Path(_) => return Some(event),
                _ => format!(
                    "a `#[when]` method takes one event, a struct with `#[derive(DomainEvent)]`; `{text}` can't be one"
                ),
            }
        }
        Type::Path(_) => format!("a `#[when]` method borrows its event: `&{}`", type_text(ty)),
        _ => format!("a `#[when]` method takes its event as `&E`; not `{}`", type_text(ty)),
    };
    cx.error(ty, mistake);
    None
}

fn qualifiers(signature: &Signature, cx: &mut Ctxt) {
    if let Some(condition) = conditional_argument(signature) {
        cx.error(condition, "an argument can't be conditional: write the method twice, and put `#[cfg(…)]` on each");
    }
    if let Some(asyncness) = &signature.asyncness {
        cx.error(
            asyncness,
            "a `#[when]` method can't be `async`: state is a fold over events, the same at every replay",
        );
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        cx.error(unsafety, "a `#[when]` method can't be `unsafe`");
    }
    if let Some(parameter) = signature.generics.type_params().next() {
        cx.error(parameter, "a `#[when]` method can't be generic: write one for each event");
    }
    if let Some(parameter) = signature.generics.const_params().next() {
        cx.error(parameter, "a `#[when]` method can't be generic: write one for each event");
    }
}

fn receiver(signature: &Signature, cx: &mut Ctxt) {
    let mistake = "a `#[when]` method changes the state: it takes `&mut self`";
    match signature.receiver() {
        None => cx.error(&signature.ident, mistake),
        Some(receiver) => {
            if !matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_))) {
                cx.error(receiver.to_token_stream(), mistake);
            }
        }
    }
}
