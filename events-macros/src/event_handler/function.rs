//! A function with `#[event_handler]`.

use proc_macro2::TokenStream;
use syn::{ItemFn, Signature, Type};

use super::attr;
use super::batch;
use super::check;
use super::expand::expand;
use super::fallback::fallback;
use super::model::{EventArgument, Function, Handler, Model, Owner, Settings, Target, given_name};
use super::signature;
use crate::attr::Entries;
use crate::crate_path::Private;
use crate::ctxt::Ctxt;
use crate::name::{self, Named, plain};
use crate::tokens::cfgs;

/// What is generated next to the function.
pub(crate) fn generate(options: TokenStream, item: &ItemFn) -> TokenStream {
    let mut cx = Ctxt::new();
    if let Some(receiver) = item.sig.receiver() {
        cx.error(receiver, "a method can't be a handler by itself: put `#[event_handler]` on the `impl` block of its type, which makes handlers of all methods");
        return cx.into_compile_errors();
    }
    if check::twice(&item.attrs, &mut cx) {
        return cx.into_compile_errors();
    }
    let entries = attr::function(options, &mut cx);
    let private = Private::of(&entries, &mut cx);
    let owner = Owner::Function { ident: &item.sig.ident, vis: &item.vis };
    let handler = handler(item, &entries, &mut cx);
    let cfgs = cfgs(&item.attrs);
    match handler {
        Some(handler) if cx.is_clean() => expand(&Model { private, owner, cfgs, handlers: vec![handler] }),
        _ => fallback(&private, &owner, &cfgs, cx.into_compile_errors()),
    }
}

fn handler<'a>(item: &'a ItemFn, entries: &Entries, cx: &mut Ctxt) -> Option<Handler<'a>> {
    let (signature, ident) = (&item.sig, &item.sig.ident);
    check::name(entries, cx);
    if entries.key("name").is_none() {
        name::check_derived(Named::Handler, ident, &plain(ident), cx);
    }
    check::timeout(signature, entries, cx);
    let mut settings = Settings::read(entries, &Settings::default(), cx);
    check::priority(entries, settings.durable.is_some(), cx);
    check::transaction(signature, entries, &settings, cx);
    let function = target(signature, None, entries, cx)?;
    batch::check(signature, &function.event, entries, &mut settings, cx);
    let name = given_name(entries).unwrap_or_else(|| plain(ident));
    check::renamed(&settings, &name, cx);
    check::key(&settings, &function.selector, cx);
    Some(Handler {
        name: settings.versioned(name),
        item: plain(ident),
        ident,
        cfgs: Vec::new(),
        is_async: signature.asyncness.is_some(),
        target: Target::Function(function),
        settings,
    })
}

/// The arguments of a function or a method.
pub(super) fn target<'a>(
    signature: &'a Signature,
    receiver: Option<&'a Type>,
    entries: &Entries,
    cx: &mut Ctxt,
) -> Option<Function<'a>> {
    check::output(signature, cx);
    let arguments = signature::read(signature, receiver, cx)?;
    if let EventArgument::Recorded | EventArgument::RecordedBatch = arguments.event {
        check::recorded_needs_selection(signature, entries, cx);
    }
    let selector = check::selector(&arguments.event, entries, cx)?;
    let signature::Arguments { event, extractors } = arguments;
    Some(Function { receiver, event, selector, extractors, output: &signature.output })
}

/// A trait says what its implementations can do; there is nothing to call.
pub(super) const NOT_IN_A_TRAIT: &str =
    "a trait has no handlers, only values do: put `#[event_handler]` on the `impl` block of a type";

/// A function without a body stands in a trait.
pub(super) fn declaration(item: &syn::TraitItemFn) -> TokenStream {
    let mut cx = Ctxt::new();
    cx.error(&item.sig.ident, NOT_IN_A_TRAIT);
    cx.into_compile_errors()
}
