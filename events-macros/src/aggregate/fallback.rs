//! A stub for a block with mistakes, so that they are the only errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use super::expand;
use super::model::Model;

/// The errors, and as much of an aggregate as could be made out.
pub(crate) fn fallback(item: &ItemImpl, mut model: Model<'_>, errors: TokenStream) -> TokenStream {
    let mut seen = Vec::new();
    model.whens.retain(|when| {
        let is_new = !seen.contains(&when.variant);
        seen.push(when.variant.clone());
        is_new
    });
    let possible = item.trait_.is_none() && item.generics.params.is_empty();
    let stub = possible.then(|| expand::stub(&model));
    quote!(#errors #stub)
}
