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

/// Derives the trait, or reports every mistake next to a stub.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut cx = Ctxt::new();
    let attrs = Attrs::read(&input, &mut cx);
    let model = Model::new(&input, &attrs, &mut cx);
    check::check(&input, &attrs, &model, &mut cx);
    if cx.is_clean() { expand::expand(&model) } else { fallback::fallback(&model, cx.into_compile_errors()) }
}
