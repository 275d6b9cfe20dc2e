//! What has no shape, each at the user's own token.

use proc_macro2::Span;
use syn::{Data, DeriveInput};

use crate::ctxt::Ctxt;

/// Reports every mistake.
pub(crate) fn check(input: &DeriveInput, cx: &mut Ctxt) {
    let ident = &input.ident;
    if let Data::Union(data) = &input.data {
        cx.error(
            data.union_token,
            format_args!("a union has no stored form: derive `EventShape` for a struct or an enum, or write `impl EventShape for {ident}` that answers with the shape of the type that it is stored as"),
        );
    }
    if input.attrs.iter().any(|attribute| attribute.path().is_ident("event")) {
        cx.error_at(
            Span::call_site(),
            "`DomainEvent` derives the shape of an event already: leave `EventShape` out here, and derive it for the types in the event",
        );
    }
}
