//! What makes the state an aggregate.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::events::{aggregate_event, conversions, event_enum, into_events, matched};
use super::model::{Model, When};
use crate::crate_path::Private;
use crate::name::plain;
use crate::tokens::line_at;

/// Whether the state changes.
#[derive(Clone, Copy)]
enum Fold {
    /// By the `#[when]` methods.
    Calls,
    /// It doesn't: their signatures are wrong.
    Nothing,
}

/// Everything that is generated next to the block.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let Model { private, state, .. } = model;
    let checks = checks(model);
    let registration = quote! {
        #checks
        #private::submit! {
            #private::RegisteredAggregate(<#state as #private::Aggregate>::DESCRIPTOR)
        }
    };
    generate(model, Fold::Calls, registration)
}

/// The same without checks and registration, for a block with mistakes.
pub(super) fn stub(model: &Model<'_>) -> TokenStream {
    generate(model, Fold::Nothing, TokenStream::new())
}

fn generate(model: &Model<'_>, fold: Fold, registration: TokenStream) -> TokenStream {
    let (cfgs, event_enum, import) = (&model.cfgs, event_enum(model), model.private.import());
    let (aggregate, aggregate_event) = (aggregate(model, fold), aggregate_event(model));
    let conversions = model.whens.iter().map(|when| conversions(model, when));
    let own = into_events(model);
    quote! {
        #event_enum
        #(#cfgs)*
        #[allow(deprecated, reason = "an event may be on its way out")]
        const _: () = {
            #import
            #aggregate
            #aggregate_event
            #own
            #(#conversions)*
            #registration
        };
    }
}

fn aggregate(model: &Model<'_>, fold: Fold) -> TokenStream {
    let Model { private, state, event_enum, .. } = model;
    let id = id_type(model);
    let arms = model.whens.iter().map(|When { cfgs, variant, method, .. }| {
        let method = &method.sig.ident;
        match fold {
            Fold::Calls => quote!(#(#cfgs)* #event_enum::#variant(event) => <#state>::#method(self, event),),
            Fold::Nothing => quote!(#(#cfgs)* #event_enum::#variant(_) => {}),
        }
    });
    let matched = matched(model, quote!(event));
    let (descriptor, bounds) = (descriptor(model), model.bounds());
    quote! {
        #[automatically_derived]
        impl #private::Aggregate for #state
        #bounds
        {
            type Id = #id;
            type Event = #event_enum;
            const DESCRIPTOR: &'static #private::AggregateDescriptor = #descriptor;
            fn when(&mut self, event: &#event_enum) {
                match #matched { #(#arms)* }
            }
        }
    }
}

/// As the user says, or as the first event says.
fn id_type(model: &Model<'_>) -> TokenStream {
    let private = &model.private;
    match (&model.id, model.first()) {
        (Some(id), _) => quote!(#id),
        (None, Some(when)) => id_of(private, when.event),
        (None, None) => quote!(#private::EventId),
    }
}

/// The type of an event's id; if it is no event, that is reported at the event.
fn id_of(private: &Private, event: &Type) -> TokenStream {
    let at = private.at(event.span());
    quote_spanned!(event.span()=> <#event as #at::DomainEvent>::Id)
}

fn descriptor(model: &Model<'_>) -> TokenStream {
    let Model { private, name, fold_hash, .. } = model;
    let descriptors = model
        .whens
        .iter()
        .map(|When { cfgs, event, .. }| quote!(#(#cfgs)* <#event as #private::DomainEvent>::DESCRIPTOR));
    let snapshot_every = match model.snapshot_every {
        Some(every) => quote!(::core::option::Option::Some(#every)),
        None => quote!(::core::option::Option::None),
    };
    let (item, line) = (plain(&model.ident), line_at(model.ident.span()));
    quote! {
        &#private::AggregateDescriptor::new(#private::AggregateSpec {
            name: #name,
            events: &[#(#descriptors),*],
            snapshot_every: #snapshot_every,
            fold_hash: #fold_hash,
            location: #private::SourceLocation::new(
                ::core::module_path!(), #item, ::core::file!(), #line,
            ),
        })
    }
}

/// What can be known about the events only when their types are there.
fn checks(model: &Model<'_>) -> TokenStream {
    let Model { private, name, .. } = model;
    let id = id_type(model);
    model.whens.iter().map(|When { cfgs, event, text, .. }| {
        let foreign = format!(
            "`{text}` is not an event of the aggregate \"{name}\": its derive needs `#[event(aggregate = \"{name}\")]`"
        );
        let (at, own_id) = (private.at(event.span()), id_of(private, event));
        let belongs = quote_spanned! {event.span()=>
            ::core::assert!(
                #at::belongs_to::<#own_id, #id>(<#event as #at::DomainEvent>::DESCRIPTOR, #name),
                #foreign
            )
        };
        quote!(#(#cfgs)* const _: () = #belongs;)
    }).collect()
}
