//! An impl block with `#[event_handler]`: inherent, or of a handler trait.

use proc_macro2::TokenStream;
use syn::{GenericArgument, ImplItem, ImplItemFn, ItemImpl, Path, PathArguments, Type};

use super::function::target;
use super::model::{Handler, Model, Owner, Settings, Target, given_name};
use super::{attr, batch, check, expand, fallback};
use crate::attr::Entries;
use crate::crate_path::Private;
use crate::ctxt::Ctxt;
use crate::name::{self, Named, plain};
use crate::tokens::{attributes_of, cfgs, last_segment};

/// What is generated next to the block.
pub(crate) fn generate(options: TokenStream, item: &ItemImpl) -> TokenStream {
    let mut cx = Ctxt::new();
    if check::twice(&item.attrs, &mut cx) {
        return cx.into_compile_errors();
    }
    let entries = match &item.trait_ {
        Some(_) => attr::trait_impl(options, &mut cx),
        None => attr::block(options, &mut cx),
    };
    let private = Private::of(&entries, &mut cx);
    check::name(&entries, &mut cx);
    let type_ident = last_segment(&item.self_ty).map(|segment| &segment.ident);
    if type_ident.is_none() {
        cx.error(&item.self_ty, "handlers are methods of a struct or an enum of yours");
    }
    check::not_generic(item, &mut cx);
    let type_name = given_name(&entries).or_else(|| type_ident.map(plain)).unwrap_or_default();
    if entries.key("name").is_none()
        && let Some(ident) = type_ident
    {
        name::check_derived(Named::Handler, ident, &type_name, &mut cx);
    }
    let handlers = match &item.trait_ {
        Some((path, _)) => trait_handler(item, path, &type_name, &entries, &mut cx).into_iter().collect(),
        None => methods(item, &type_name, &entries, &mut cx),
    };
    let (owner, cfgs) = (Owner::Type(&item.self_ty), cfgs(&item.attrs));
    if cx.is_clean() {
        expand::expand(&Model { private, owner, cfgs, handlers })
    } else if item.generics.params.is_empty() {
        fallback::fallback(&private, &owner, &cfgs, cx.into_compile_errors())
    } else {
        cx.into_compile_errors()
    }
}

fn methods<'a>(item: &'a ItemImpl, type_name: &str, block: &Entries, cx: &mut Ctxt) -> Vec<Handler<'a>> {
    let mut defaults = Settings::read(block, &Settings::default(), cx);
    check::renamed_block(&mut defaults, cx);
    batch::on_a_block(block, &mut defaults, cx);
    let mut handlers = Vec::new();
    let (mut any_async, mut any_inline) = (false, false);
    let errors_before = !cx.is_clean();
    for item_fn in &item.items {
        let ImplItem::Fn(method) = item_fn else {
            check::stray_in_a_block(attributes_of(item_fn), cx);
            continue;
        };
        let entries = attr::method(method, cx);
        let is_method = method.sig.receiver().is_some();
        if !is_method && method.attrs.iter().any(attr::is_ours) {
            cx.error(
                &method.sig.ident,
                "only methods that take `&self` are handlers here: add `&self`, or move the function out of the block",
            );
        }
        check::skip(&entries, cx);
        if !is_method || entries.key("skip").is_some() {
            continue;
        }
        any_async |= method.sig.asyncness.is_some();
        any_inline |= defaults.durable.is_none() && entries.key("durable").is_none();
        handlers.extend(method_handler(item, method, type_name, &entries, &defaults, cx));
    }
    if handlers.is_empty() && cx.is_clean() && !errors_before {
        cx.error(&item.self_ty, "this block has no handler: a handler is a method `fn name(&self, event: &E)`");
    }
    check::priority(block, !any_inline, cx);
    if !any_async && let Some(timeout) = block.key("timeout") {
        cx.error(
            timeout,
            "a sync handler can't be interrupted, and none of these is an `async fn`: leave `timeout` out",
        );
    }
    handlers
}

fn method_handler<'a>(
    item: &'a ItemImpl,
    method: &'a ImplItemFn,
    type_name: &str,
    entries: &Entries,
    defaults: &Settings,
    cx: &mut Ctxt,
) -> Option<Handler<'a>> {
    let (signature, ident) = (&method.sig, &method.sig.ident);
    let is_async = signature.asyncness.is_some();
    check::name(entries, cx);
    check::receiver(signature, cx);
    check::timeout(signature, entries, cx);
    let mut settings = Settings::read(entries, defaults, cx);
    settings.timeout = settings.timeout.filter(|_| is_async);
    check::priority(entries, settings.durable.is_some(), cx);
    check::transaction(signature, entries, &settings, cx);
    let function = target(signature, Some(&item.self_ty), entries, cx)?;
    batch::check(signature, &function.event, entries, &mut settings, cx);
    let own_name = plain(ident);
    let name = match given_name(entries) {
        Some(name) => name,
        None if entries.lacks("name") => name::of_method(type_name, ident, cx),
        None => own_name.clone(),
    };
    check::renamed(&settings, &name, cx);
    check::key(&settings, &function.selector, cx);
    let type_ident = last_segment(&item.self_ty).map(|segment| plain(&segment.ident)).unwrap_or_default();
    Some(Handler {
        name: settings.versioned(name),
        item: format!("{type_ident}::{own_name}"),
        ident,
        cfgs: cfgs(&method.attrs),
        is_async,
        target: Target::Function(function),
        settings,
    })
}

fn trait_handler<'a>(
    item: &'a ItemImpl,
    path: &'a Path,
    type_name: &str,
    entries: &Entries,
    cx: &mut Ctxt,
) -> Option<Handler<'a>> {
    let segment = path.segments.last()?;
    let is_async = segment.ident == "AsyncEventHandler";
    if !is_async && segment.ident != "EventHandler" {
        cx.error(path, "`#[event_handler]` goes on `impl EventHandler<E> for …`, on `impl AsyncEventHandler<E> for …`, or on an impl block without a trait");
        return None;
    }
    if !is_async && let Some(timeout) = entries.key("timeout") {
        cx.error(timeout, "a sync handler can't be interrupted: implement `AsyncEventHandler`, or leave `timeout` out");
    }
    let settings = Settings::read(entries, &Settings::default(), cx);
    batch::one(entries, cx);
    check::priority(entries, settings.durable.is_some(), cx);
    check::renamed(&settings, type_name, cx);
    // Without it the compiler has an error of its own.
    let event = event_of(&segment.arguments)?;
    let ident = last_segment(&item.self_ty).map(|segment| &segment.ident)?;
    Some(Handler {
        name: settings.versioned(type_name.to_owned()),
        item: plain(ident),
        ident,
        cfgs: Vec::new(),
        is_async,
        target: Target::Trait { event, of: &item.self_ty },
        settings,
    })
}

fn event_of(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
