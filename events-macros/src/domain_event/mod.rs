//! `#[derive(DomainEvent)]`.

mod attr;
mod check;
mod expand;
mod fallback;
mod model;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::attr::Attrs;
use self::model::Model;
use crate::ctxt::Ctxt;
use crate::raw;

/// Derives the trait, or reports every mistake next to a stub.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    match syn::parse2(input.clone()) {
        Ok(input) => derived(&input),
        Err(error) => unreadable(input, &error),
    }
}

fn derived(input: &DeriveInput) -> TokenStream {
    let mut cx = Ctxt::new();
    let attrs = Attrs::read(input, &mut cx);
    let model = Model::new(input, &attrs, &mut cx);
    check::check(input, &attrs, &model, &mut cx);
    if cx.is_clean() { expand::expand(&model) } else { fallback::fallback(&model, cx.into_compile_errors()) }
}

/// An attribute that is being typed may be no attribute yet; without ours there may be a stub.
fn unreadable(input: TokenStream, error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    let Ok(input) = syn::parse2(raw::without_attributes(input, Some("event"), "event")) else { return errors };
    // What is missing now has been taken away.
    let mut unreported = Ctxt::new();
    let attrs = Attrs::read(&input, &mut unreported);
    fallback::fallback(&Model::new(&input, &attrs, &mut unreported), errors)
}
