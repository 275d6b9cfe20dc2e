//! `#[aggregate]`.

mod attr;
mod check;
mod events;
mod expand;
mod fallback;
mod model;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ImplItem, Item, ItemImpl};

use self::model::Model;
use crate::ctxt::Ctxt;

/// The block as the user wrote it, without `#[when]`, followed by what makes it an aggregate or by
/// what is wrong with it.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Impl(block)) => {
            let generated = generated(options, &block);
            let block = without_marks(block);
            quote!(#block #generated)
        }
        Ok(other) => {
            let errors = misplaced(&other);
            quote!(#item #errors)
        }
        Err(error) => {
            let errors = error.into_compile_error();
            quote!(#item #errors)
        }
    }
}

fn generated(options: TokenStream, block: &ItemImpl) -> TokenStream {
    let mut cx = Ctxt::new();
    let entries = attr::read(options, &mut cx);
    let model = Model::new(block, &entries, &mut cx);
    check::check(block, &entries, &model, &mut cx);
    if cx.is_clean() { expand::expand(&model) } else { fallback::fallback(block, model, cx.into_compile_errors()) }
}

fn without_marks(mut block: ItemImpl) -> ItemImpl {
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            method.attrs.retain(|attribute| !attr::is_when(attribute));
        }
    }
    block
}

fn misplaced(item: &Item) -> TokenStream {
    let mut cx = Ctxt::new();
    let hint = match item {
        Item::Struct(_) | Item::Enum(_) => {
            "the type itself needs `Default`, `Serialize` and `Deserialize`; put `#[aggregate]` on its impl block"
        }
        _ => "put it on the impl block of the state",
    };
    cx.error(item, format_args!("an aggregate is an impl block with `#[when]` methods: {hint}"));
    cx.into_compile_errors()
}
