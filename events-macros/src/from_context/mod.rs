//! `#[derive(FromContext)]`.

mod attr;
mod check;
mod expand;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::expand::Model;
use crate::crate_path::Private;
use crate::ctxt::Ctxt;

/// Derives the trait, or reports every mistake next to a stub.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut cx = Ctxt::new();
    let entries = attr::read(&input, &mut cx);
    let model = Model::new(&input, Private::of(&entries, &mut cx));
    check::check(&input, &mut cx);
    if cx.is_clean() { expand::expand(&model) } else { expand::fallback(&model, cx.into_compile_errors()) }
}
