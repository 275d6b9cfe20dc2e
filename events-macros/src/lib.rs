//! The macros of the `events` crate. Use them through `events`, which re-exports them.

mod aggregate;
mod attr;
mod crate_path;
mod ctxt;
mod domain_event;
mod event_handler;
mod name;
mod suggest;
mod tokens;

use proc_macro::TokenStream;

/// Makes a struct an event.
#[proc_macro_derive(DomainEvent, attributes(event))]
pub fn derive_domain_event(input: TokenStream) -> TokenStream {
    domain_event::derive(input.into()).into()
}

/// Makes a function, or the methods of an impl block, handlers that register themselves.
#[proc_macro_attribute]
pub fn event_handler(options: TokenStream, item: TokenStream) -> TokenStream {
    event_handler::attribute(options.into(), item.into()).into()
}

/// Makes an impl block an event-sourced aggregate.
#[proc_macro_attribute]
pub fn aggregate(options: TokenStream, item: TokenStream) -> TokenStream {
    aggregate::attribute(options.into(), item.into()).into()
}
