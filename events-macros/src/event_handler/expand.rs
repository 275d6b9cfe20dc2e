//! The registrations.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::delivery;
use super::model::{EventArgument, Function, Handler, Model, Owner, Selector, Target};
use super::signature::output_span;
use crate::crate_path::Private;
use crate::name::plain;
use crate::tokens::{generated_at, line, line_at};

/// A static for each handler, and what names and registers them.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let Model { private, cfgs, handlers, .. } = model;
    let (import, (twin, owner)) = (private.import(), owner(&model.owner, cfgs));
    let names: Vec<Ident> = (0..handlers.len()).map(|index| format_ident!("__HANDLER_{index}")).collect();
    let handler_cfgs: Vec<_> = handlers.iter().map(|handler| &handler.cfgs).collect();
    let registrations = handlers.iter().map(|handler| registration(model, handler));
    let item = item_impl(private, &owner, quote!(const { &[#(#(#handler_cfgs)* &#names),*] }));
    quote! {
        #twin
        #(#cfgs)*
        #[allow(deprecated, reason = "the handler or its event may be on its way out")]
        const _: () = {
            #import
            #[allow(unused_imports, reason = "which of the two is used depends on the error's type")]
            use #private::{ViaClassify as _, ViaInto as _};
            #(
                #(#handler_cfgs)*
                static #names: #private::HandlerRegistration = #registrations;
                #(#handler_cfgs)*
                #private::submit! { #private::RegisteredHandler(&#names) }
            )*
            #item
        };
    }
}

/// What `handlers![…]` asks for. A second block of one type is reported at the type.
pub(super) fn item_impl(private: &Private, owner: &TokenStream, registrations: TokenStream) -> TokenStream {
    let span = owner.span();
    let at = private.at(span);
    let method = quote! {
        fn registrations() -> &'static [&'static #private::HandlerRegistration] {
            #registrations
        }
    };
    quote_spanned!(span=> #[automatically_derived] #[doc(hidden)] impl #at::HandlerItem for #owner { #method })
}

/// What is generated so that `handlers![…]` can name the item, and what implements the trait.
pub(super) fn owner(owner: &Owner<'_>, cfgs: &[&syn::Attribute]) -> (Option<TokenStream>, TokenStream) {
    match owner {
        Owner::Type(ty) => (None, quote!(#ty)),
        Owner::Function { ident, vis } => {
            let twin = format_ident!("__{}_{}", plain(ident), line(ident.span()), span = generated_at(ident.span()));
            // If the name is taken, nothing but this says so, at the function's.
            let named = quote_spanned!(generated_at(ident.span())=> type #ident = #twin;);
            let items = quote! {
                #(#cfgs)*
                #[doc(hidden)]
                #[allow(
                    non_camel_case_types, dead_code, unreachable_pub, unnameable_types,
                    missing_debug_implementations, missing_copy_implementations, clippy::exhaustive_structs,
                    reason = "it stands for the function, in the namespace of types"
                )]
                #vis struct #twin {}
                #(#cfgs)*
                #[doc(hidden)]
                #[allow(
                    non_camel_case_types, dead_code, unreachable_pub,
                    reason = "`handlers![…]` names the function through it"
                )]
                #vis #named
            };
            (Some(items), quote!(#twin))
        }
    }
}

fn registration(model: &Model<'_>, handler: &Handler<'_>) -> TokenStream {
    let private = &model.private;
    let Handler { name, item, ident, .. } = handler;
    let (events, call, requires) = match &handler.target {
        Target::Function(function) => {
            (events(model, function), call(model, handler, function), requires(model, function))
        }
        Target::Trait { event, of } => {
            let (variant, function) = if handler.is_async { ("Async", "handle_async") } else { ("Sync", "handle") };
            let (variant, function) = (Ident::new(variant, Span::call_site()), Ident::new(function, Span::call_site()));
            (
                quote!(Only(&[<#event as #private::DomainEvent>::DESCRIPTOR])),
                quote!(#variant(#private::#function::<#event, #of>)),
                quote!(#private::requires_state::<#of>),
            )
        }
    };
    let priority = handler.settings.priority;
    let timeout = match handler.settings.timeout {
        Some(milliseconds) => {
            quote!(::core::option::Option::Some(::core::time::Duration::from_millis(#milliseconds)))
        }
        None => quote!(::core::option::Option::None),
    };
    let delivery = delivery::fields(private, handler);
    let line = line_at(ident.span());
    quote! {
        #private::HandlerRegistration::new(#private::HandlerSpec {
            name: #name,
            events: #private::EventSelector::#events,
            call: #private::Call::#call,
            priority: #priority,
            timeout: #timeout,
            #delivery
            requires: &[#requires],
            location: #private::SourceLocation::new(
                ::core::module_path!(), #item, ::core::file!(), #line,
            ),
        }).in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"))
    }
}

fn events(model: &Model<'_>, function: &Function<'_>) -> TokenStream {
    let private = &model.private;
    match &function.selector {
        Selector::All => quote!(All),
        Selector::Only(events) => quote!(Only(&[#(<#events as #private::DomainEvent>::DESCRIPTOR),*])),
    }
}

fn call(model: &Model<'_>, handler: &Handler<'_>, function: &Function<'_>) -> TokenStream {
    let (private, ident) = (&model.private, handler.ident);
    let (path, this) = match function.receiver {
        Some(ty) => (quote!(<#ty>::#ident), Some(quote!(#private::state::<#ty>(__context)?,))),
        None => (quote!(#ident), None),
    };
    let event = match &function.event {
        EventArgument::Reference(ty) => quote!(#private::event::<#ty>(__context)?),
        EventArgument::EnvelopeReference(ty) => quote!(&#private::envelope::<#ty>(__context)?),
        EventArgument::Envelope(ty) => quote!(#private::envelope::<#ty>(__context)?),
        EventArgument::Batch(ty) => quote!(&#private::batch::<#ty>(__context)?),
        EventArgument::Recorded => quote!(#private::recorded(__context)?),
        EventArgument::RecordedBatch => quote!(&#private::recorded_batch(__context)?),
    };
    let extractors = &function.extractors;
    let waits = handler.is_async.then(|| quote!(.await));
    let called = quote!(#path(#this #event #(, #private::extract::<#extractors>(__context)?)*) #waits);
    // A wrong return type is reported where it stands, and so is a future that isn't `Send`.
    let span = output_span(function.output, ident);
    let answer = Ident::new("__answer", span);
    let converted = quote_spanned!(span=> (&mut #answer).into_handler_result());
    let answered = quote! {
        let mut #answer = #private::Classified(::core::option::Option::Some(#called));
        #converted
    };
    if handler.is_async {
        // All of it at the function's name, or the compiler shows the attribute's expansion.
        let boxed = quote_spanned!(ident.span()=> __events::boxed(async move { #answered }));
        quote!(Async(|__context| #boxed))
    } else {
        quote!(Sync(|__context| { #answered }))
    }
}

fn requires(model: &Model<'_>, function: &Function<'_>) -> TokenStream {
    let private = &model.private;
    let extractors = &function.extractors;
    let this = function.receiver.map(|ty| quote!(#private::requires_state::<#ty>,));
    let recorded = matches!(function.event, EventArgument::Recorded | EventArgument::RecordedBatch)
        .then(|| quote!(#private::requires_dispatcher,));
    quote!(#this #recorded #(<#extractors as #private::FromContext<'_>>::requires),*)
}
