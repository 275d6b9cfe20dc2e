//! Reads a handler's arguments, and reports those that no handler can have.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{FnArg, GenericArgument, GenericParam, PathArguments, Safety, Signature, Type};

use super::model::EventArgument;
use crate::ctxt::Ctxt;
use crate::tokens::{bare, conditional_argument, last_segment, transplant, type_text};

/// The arguments after `self`.
pub(crate) struct Arguments {
    /// The first.
    pub(crate) event: EventArgument,
    /// The others.
    pub(crate) extractors: Vec<TokenStream>,
}

/// What the framework makes and what isn't an event.
const EXTRACTORS: [&str; 7] =
    ["EventMetadata", "EventDispatcher", "EventContext", "State", "Attempt", "IdempotencyKey", "Tx"];

/// What an event isn't handed over in.
const HOLDERS: [&str; 4] = ["Arc", "Box", "Option", "Rc"];

/// Reads the arguments; `None` if the first one is missing or wrong, which is then reported.
pub(crate) fn read(signature: &Signature, self_type: Option<&Type>, cx: &mut Ctxt) -> Option<Arguments> {
    qualifiers(signature, cx);
    let lifetimes: Vec<Ident> =
        signature.generics.lifetimes().map(|parameter| parameter.lifetime.ident.clone()).collect();
    let mut arguments = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(&*argument.ty),
        FnArg::Receiver(_) => None,
    });
    let first = arguments.next();
    let moved = |ty: &Type| transplant(ty.to_token_stream(), self_type, &lifetimes);
    let extractors: Vec<_> = arguments
        .map(|ty| {
            no_impl_trait(ty, cx);
            moved(ty)
        })
        .collect();
    let Some(first) = first else {
        no_event(signature, cx);
        return None;
    };
    match event_argument(first) {
        Ok(event) => Some(Arguments { event: event.map(moved), extractors }),
        Err(mistake) => {
            cx.error(first, mistake);
            None
        }
    }
}

fn no_event(signature: &Signature, cx: &mut Ctxt) {
    let name = &signature.ident;
    if signature.receiver().is_some() {
        cx.error(name, format_args!(
            "`{name}` takes no event: add `event: &E` after `self`, or mark a method that is no handler `#[event_handler(skip)]`"
        ));
    } else {
        cx.error(name, format_args!("`{name}` takes no event: the first argument of a handler is `event: &E`"));
    }
}

/// What a signature can have and a handler can't.
fn qualifiers(signature: &Signature, cx: &mut Ctxt) {
    if let Safety::Unsafe(unsafety) = &signature.safety {
        cx.error(unsafety, "a handler can't be `unsafe`: nobody could promise what it asks for");
    }
    if let Some(abi) = &signature.abi {
        cx.error(abi, "a handler is called from Rust: leave `extern` out");
    }
    if let Some(condition) = conditional_argument(signature) {
        cx.error(
            condition,
            "an argument of a handler can't be conditional: write the function twice, and put `#[cfg(…)]` on each",
        );
    }
    if let Some(variadic) = &signature.variadic {
        cx.error(variadic, "a handler can't be variadic");
    }
    for parameter in &signature.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            cx.error(parameter, "a handler can't be generic: it is registered for the events that it names; use `&RecordedEvent` with `events(A, B)` or `all` to handle several");
        }
    }
}

fn no_impl_trait(ty: &Type, cx: &mut Ctxt) {
    let inner = match bare(ty) {
        Type::Reference(reference) => bare(&reference.elem),
        other => other,
    };
    if let Type::ImplTrait(generic) = inner {
        cx.error(generic, "a handler can't be generic: write the type of the argument");
    }
}

/// Recognises the event by the form of the first argument.
fn event_argument(ty: &Type) -> Result<Found<'_>, String> {
    let ty = bare(ty);
    let Type::Reference(reference) = ty else {
        return match (envelope(ty), extractor(ty)) {
            (Some(event), _) => Ok(Found::Envelope(event)),
            (None, Some(name)) => Err(extractor_first(&name)),
            (None, None) => Err(by_value(ty)),
        };
    };
    let inner = bare(&reference.elem);
    let text = type_text(inner);
    if reference.mutability.is_some() {
        return Err(format!("an event is a fact and can't be changed: `&{text}`"));
    }
    if reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static") {
        return Err(format!("the event is lent for the call only: `&{text}`"));
    }
    if let Some(name) = extractor(inner) {
        return Err(extractor_first(&name));
    }
    if let Some(event) = envelope(inner) {
        return Ok(Found::EnvelopeReference(event));
    }
    match inner {
        Type::Slice(slice) => batch(bare(&slice.elem)),
        Type::Path(_) if is_recorded(inner) => Ok(Found::Recorded),
        Type::Path(_) if listed(inner).is_some() => Err(in_a_list(inner)),
        Type::Path(_) | Type::Macro(_) => Ok(Found::Reference(inner)),
        Type::ImplTrait(_) => Err("a handler can't be generic: it is registered for the event that it names; use `&RecordedEvent` with `events(A, B)` or `all` to handle several".to_owned()),
        _ => Err(format!("the first argument of a handler is the event, a reference to a type with `#[derive(DomainEvent)]`; `{text}` can't be one")),
    }
}

/// Recognises several events by what the slice is of.
fn batch(element: &Type) -> Result<Found<'_>, String> {
    if let Some(event) = envelope(element) {
        return Ok(Found::Batch(event));
    }
    match element {
        Type::Reference(reference) if is_recorded(bare(&reference.elem)) => Ok(Found::RecordedBatch),
        _ => Err(in_a_list(element)),
    }
}

/// What holds several events in another form than the one that is lent.
fn in_a_list(ty: &Type) -> String {
    let element = listed(ty).unwrap_or(ty);
    let element = match element {
        Type::Reference(reference) => bare(&reference.elem),
        other => other,
    };
    if is_recorded(element) {
        return "a batch of several sorts of events is lent as a slice of references: `&[&RecordedEvent]`".to_owned();
    }
    let event = type_text(envelope(element).unwrap_or(element));
    format!("a batch is lent as a slice of envelopes, each an event and its metadata: `&[Envelope<'_, {event}>]`")
}

/// The `T` of `Vec<T>`.
fn listed(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Vec")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(element)) => Some(bare(element)),
        _ => None,
    }
}

/// The event as it was found in the signature.
enum Found<'a> {
    Reference(&'a Type),
    EnvelopeReference(&'a Type),
    Envelope(&'a Type),
    Batch(&'a Type),
    Recorded,
    RecordedBatch,
}

impl Found<'_> {
    fn map(self, moved: impl Fn(&Type) -> TokenStream) -> EventArgument {
        match self {
            Self::Reference(ty) => EventArgument::Reference(moved(ty)),
            Self::EnvelopeReference(ty) => EventArgument::EnvelopeReference(moved(ty)),
            Self::Envelope(ty) => EventArgument::Envelope(moved(ty)),
            Self::Batch(ty) => EventArgument::Batch(moved(ty)),
            Self::Recorded => EventArgument::Recorded,
            Self::RecordedBatch => EventArgument::RecordedBatch,
        }
    }
}

fn is_recorded(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "RecordedEvent" && segment.arguments.is_none())
}

/// The `E` of `Envelope<'_, E>`.
fn envelope(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Envelope")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn extractor(ty: &Type) -> Option<String> {
    let name = last_segment(ty)?.ident.to_string();
    EXTRACTORS.contains(&name.as_str()).then_some(name)
}

fn extractor_first(name: &str) -> String {
    format!("the event comes first: put `event: &E` before `{name}`")
}

fn by_value(ty: &Type) -> String {
    match ty {
        Type::Path(_) if listed(ty).is_some() => in_a_list(ty),
        Type::Path(_) => format!("an event is lent to its handlers: `&{}`", type_text(held(ty))),
        Type::ImplTrait(_) => {
            "a handler can't be generic: its first argument is `&E`, where `E` is an event".to_owned()
        }
        _ => format!(
            "the first argument of a handler is the event: `&E`, `&Envelope<E>` or `&RecordedEvent`; not `{}`",
            type_text(ty)
        ),
    }
}

/// What a box or an option holds, or the type itself.
fn held(ty: &Type) -> &Type {
    let holder = last_segment(ty).filter(|segment| HOLDERS.iter().any(|holder| segment.ident == holder));
    match holder.map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(Type::Reference(reference))) => bare(&reference.elem),
            Some(GenericArgument::Type(held)) => held,
            _ => ty,
        },
        _ => ty,
    }
}

/// The first token of what a function returns, for errors about it.
pub(crate) fn output_span(signature_output: &syn::ReturnType, ident: &Ident) -> proc_macro2::Span {
    match signature_output {
        syn::ReturnType::Default => ident.span(),
        syn::ReturnType::Type(_, ty) => quote!(#ty).span(),
    }
}
