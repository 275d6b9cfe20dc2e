//! The implementation.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{FieldModel, Kind, Model, Role};
use crate::event_shape;
use crate::name::plain;
use crate::tokens::{line_at, type_text};

/// Implements the trait and registers the event.
///
/// What the trait asks of the type is repeated as a bound, so that what is missing is one error and
/// not one for each mention; `for<'any>` keeps the compiler from looking at once.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let (private, ident) = (&model.private, model.ident);
    let (import, body) = (private.import(), body(model));
    let checks = previous_checks(model);
    let shape = event_shape::of_event(model.input, private, model.id());
    quote! {
        #[allow(deprecated, reason = "the event may be on its way out")]
        const _: () = {
            #import
            #[automatically_derived]
            impl #private::DomainEvent for #ident
            where
                for<'any> Self: #private::Storable + #private::Shareable,
            {
                #body
            }
            #shape
            #private::submit! { #private::RegisteredEvent(<#ident as #private::DomainEvent>::DESCRIPTOR) }
            #checks
        };
    }
}

/// What is inside of the implementation.
fn body(model: &Model<'_>) -> TokenStream {
    let private = &model.private;
    let shape = quote!(.with_shape(<Self as #private::EventShape>::shape));
    let descriptor = descriptor(model, shape);
    let aggregate_id = aggregate_id(model);
    let occurred_at = occurred_at(model);
    let decode = match model.previous {
        Some(previous) => {
            // Spanned, so that a missing `From` is reported at the user's `previous`.
            let decode = quote_spanned!(previous.span()=> decode_from::<Self, #previous>);
            quote!(#private::#decode(<#previous as #private::DomainEvent>::DESCRIPTOR,
                <#previous as #private::DomainEvent>::decode, version, data))
        }
        None => quote!(#private::decode::<Self>(version, data)),
    };
    quote! {
        #descriptor
        #aggregate_id
        #occurred_at
        fn decode(
            version: #private::SchemaVersion,
            data: &::core::primitive::str,
        ) -> ::core::result::Result<Self, #private::DecodeError> {
            #decode
        }
    }
}

/// The constant that describes the event type.
pub(super) fn descriptor(model: &Model<'_>, shape: TokenStream) -> TokenStream {
    let Model { private, name, version, .. } = model;
    let aggregate = option(model.aggregate.as_ref().map(|name| quote!(#name)));
    let previous = option(model.previous.map(|previous| quote!(<#previous as #private::DomainEvent>::DESCRIPTOR)));
    let fields = model.fields.iter().map(|field| field_descriptor(model, field));
    let (item, line) = (plain(model.ident), line_at(model.ident.span()));
    let kind = match model.kind {
        Kind::Domain => quote!(Domain),
        Kind::Integration => quote!(Integration),
        Kind::System => quote!(System),
    };
    quote! {
        const DESCRIPTOR: &'static #private::EventDescriptor =
            &#private::EventDescriptor::new::<Self>(#private::EventSpec {
                name: #name,
                version: #version,
                kind: #private::EventType::#kind,
                aggregate: #aggregate,
                fields: &[#(#fields),*],
                previous: #previous,
                location: #private::SourceLocation::new(
                    ::core::module_path!(), #item, ::core::file!(), #line,
                ),
            })#shape;
    }
}

fn field_descriptor(model: &Model<'_>, field: &FieldModel<'_>) -> TokenStream {
    let private = &model.private;
    let FieldModel { name, type_name, .. } = field;
    let role = match field.role {
        Role::Data => quote!(Data),
        Role::Id => quote!(Id),
        Role::OccurredAt => quote!(OccurredAt),
    };
    quote!(#private::FieldDescriptor::new(#name, #type_name, #private::FieldRole::#role))
}

fn aggregate_id(model: &Model<'_>) -> TokenStream {
    let private = &model.private;
    let (ty, value) = match model.id() {
        Some(field) => {
            let (ty, ident) = (&field.ty, &field.ident);
            (quote!(#ty), quote!(::core::option::Option::Some(&self.#ident)))
        }
        None => (quote!(#private::EventId), quote!(::core::option::Option::None)),
    };
    quote! {
        type Id = #ty;
        fn aggregate_id(&self) -> ::core::option::Option<&Self::Id> {
            #value
        }
    }
}

fn occurred_at(model: &Model<'_>) -> Option<TokenStream> {
    let private = &model.private;
    let field = model.occurred_at()?;
    let (ty, ident) = (&field.ty, &field.ident);
    Some(quote! {
        fn occurred_at(&self) -> ::core::option::Option<#private::DateTime<#private::Utc>> {
            <#ty as #private::OccurredAt>::occurred_at(&self.#ident)
        }
    })
}

/// What can be known about the chain of versions only when both types are there.
fn previous_checks(model: &Model<'_>) -> Option<TokenStream> {
    let (private, ident, previous) = (&model.private, model.ident, model.previous?);
    let text = type_text(previous);
    let smaller = format!("`previous = {text}` must have a smaller version than `{ident}`");
    let same_name = format!(
        "`previous = {text}` must have the same name as `{ident}`: add `name = \"{}\"` to its `#[event(…)]`",
        model.name
    );
    let (new, old) = (Ident::new("__NEW", Span::call_site()), Ident::new("__OLD", Span::call_site()));
    let checks = quote_spanned! {previous.span()=>
        const _: () = ::core::assert!(#new.version().value() > #old.version().value(), #smaller);
        const _: () = ::core::assert!(#private::same(#new.name(), #old.name()), #same_name);
    };
    Some(quote! {
        const #new: &#private::EventDescriptor = <#ident as #private::DomainEvent>::DESCRIPTOR;
        const #old: &#private::EventDescriptor = <#previous as #private::DomainEvent>::DESCRIPTOR;
        #checks
    })
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
