//! The enum of an aggregate's events.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::model::{Model, When};
use crate::name::plain;
use crate::tokens::generated_at;

/// The enum itself, with a variant for each event.
pub(super) fn event_enum(model: &Model<'_>) -> TokenStream {
    let Model { event_enum, cfgs, whens, .. } = model;
    let doc = format!("One event of `{}`, as its `#[when]` methods take them.", plain(&model.ident));
    let variants = whens.iter().map(|when| {
        let When { cfgs, variant, event, .. } = when;
        let doc = format!("Handled by `{}`.", plain(&when.method.sig.ident));
        quote!(#(#cfgs)* #[doc = #doc] #variant(#event))
    });
    let variants = quote!(#(#variants),*);
    // A name that is taken is reported at the state's.
    let item = quote_spanned!(generated_at(event_enum.span())=> pub enum #event_enum { #variants });
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #[allow(
            deprecated, non_camel_case_types, private_interfaces, unreachable_pub, unnameable_types, dead_code,
            clippy::large_enum_variant, clippy::enum_variant_names, clippy::exhaustive_enums,
            reason = "what the events are and what they are named, how large and how visible they are, is the user's choice"
        )]
        #item
    }
}

/// How the enum is read and how its events are seen without their types.
pub(super) fn aggregate_event(model: &Model<'_>) -> TokenStream {
    let Model { private, event_enum, name, .. } = model;
    let arms = |method: &TokenStream| -> TokenStream {
        let arm = |When { cfgs, variant, event, .. }: &When<'_>| quote!(#(#cfgs)* Self::#variant(event) => <#event as #private::DomainEvent>::#method(event),);
        model.whens.iter().map(arm).collect()
    };
    let (borrowed, owned) = (arms(&quote!(__erased)), arms(&quote!(__into_erased)));
    let decoded = model.whens.iter().map(|When { cfgs, event, variant, .. }| {
        quote! {
            #(#cfgs)*
            if let ::core::option::Option::Some(event) = #private::read(
                data,
                <#event as #private::DomainEvent>::DESCRIPTOR,
                <#event as #private::DomainEvent>::decode,
            ) {
                return event.map(Self::#variant);
            }
        }
    });
    let this = matched(model, quote!(self));
    quote! {
        #[automatically_derived]
        impl #private::AggregateEvent for #event_enum {
            fn decode(data: &#private::EventData<'_>) -> ::core::result::Result<Self, #private::DecodeError> {
                #(#decoded)*
                ::core::result::Result::Err(#private::no_when(data, #name))
            }
            fn as_event(&self) -> &dyn #private::ErasedEvent {
                match #this { #borrowed }
            }
            fn into_event(self) -> #private::Arc<dyn #private::ErasedEvent> {
                match self { #owned }
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Debug for #event_enum {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #private::debug_event(self, f)
            }
        }
    }
}

/// A reference to an enum without variants can't be matched, the enum can.
pub(super) fn matched(model: &Model<'_>, reference: TokenStream) -> TokenStream {
    if model.whens.is_empty() { quote!(*#reference) } else { reference }
}

/// From an event into the enum.
pub(super) fn conversions(model: &Model<'_>, when: &When<'_>) -> TokenStream {
    let event_enum = &model.event_enum;
    let When { cfgs, event, variant, .. } = when;
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        impl ::core::convert::From<#event> for #event_enum {
            fn from(event: #event) -> Self {
                Self::#variant(event)
            }
        }
    }
}

/// The enum itself is what a command may answer with, as its events are.
pub(super) fn into_events(model: &Model<'_>) -> TokenStream {
    let Model { private, state, event_enum, .. } = model;
    let bounds = model.bounds();
    quote! {
        #[automatically_derived]
        impl #private::IntoEvents<#state> for #event_enum
        #bounds
        {
            fn into_events(self) -> #private::Vec<Self> {
                #private::one(self)
            }
        }
    }
}
