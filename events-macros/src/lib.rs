//! The macros of the `events` crate. Use them through `events`, which re-exports them.
//!
//! Each macro is a folder with the same stages: `attr` reads what the user has said, `model` puts
//! it together, `check` reports every mistake at the user's own token, `expand` writes the code and
//! can't fail. What has mistakes gets a stub instead, so that they are the only errors.

mod aggregate;
mod attr;
mod crate_path;
mod ctxt;
mod domain_event;
mod event_handler;
mod event_shape;
#[cfg(test)]
mod expansion;
mod from_context;
mod name;
mod raw;
mod suggest;
mod tokens;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/domain_event.md")]
#[proc_macro_derive(DomainEvent, attributes(event))]
pub fn derive_domain_event(input: TokenStream) -> TokenStream {
    domain_event::derive(input.into()).into()
}

#[doc = include_str!("../docs/event_shape.md")]
#[proc_macro_derive(EventShape, attributes(event_shape))]
pub fn derive_event_shape(input: TokenStream) -> TokenStream {
    event_shape::derive(input.into()).into()
}

#[doc = include_str!("../docs/event_handler.md")]
#[proc_macro_attribute]
pub fn event_handler(options: TokenStream, item: TokenStream) -> TokenStream {
    event_handler::attribute(options.into(), item.into()).into()
}

#[doc = include_str!("../docs/from_context.md")]
#[proc_macro_derive(FromContext, attributes(from_context))]
pub fn derive_from_context(input: TokenStream) -> TokenStream {
    from_context::derive(input.into()).into()
}

#[doc = include_str!("../docs/aggregate.md")]
#[proc_macro_attribute]
pub fn aggregate(options: TokenStream, item: TokenStream) -> TokenStream {
    aggregate::attribute(options.into(), item.into()).into()
}

#[doc = include_str!("../docs/when.md")]
#[proc_macro_attribute]
pub fn when(_: TokenStream, item: TokenStream) -> TokenStream {
    aggregate::stray_when(item.into()).into()
}
