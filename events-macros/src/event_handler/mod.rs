//! `#[event_handler]`.

mod attr;
mod block;
mod check;
mod duration;
mod expand;
mod fallback;
mod function;
mod model;
mod signature;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use crate::ctxt::Ctxt;

/// The item as the user wrote it, followed by what registers it or by what is wrong with it.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) => {
            let generated = function::generate(options, &function);
            quote!(#item #generated)
        }
        Ok(Item::Impl(block)) => {
            let generated = block::generate(options, &block);
            let block = block::without_attributes(block);
            quote!(#block #generated)
        }
        Ok(Item::Verbatim(_)) | Err(_) => unknown(&item),
        Ok(other) => {
            let errors = misplaced(&other);
            quote!(#item #errors)
        }
    }
}

fn misplaced(item: &Item) -> TokenStream {
    let mut cx = Ctxt::new();
    let hint = match item {
        Item::Struct(_) | Item::Enum(_) => {
            "put it on the impl block with the methods that handle events; the type itself needs nothing"
        }
        Item::Trait(_) => "a trait has no handlers: put it on the impl block of a type",
        Item::Mod(_) => "put it on each handler in the module",
        _ => "put it on a function, on an impl block, or on `impl EventHandler<E> for …`",
    };
    cx.error(item, format_args!("nothing here can handle an event: {hint}"));
    cx.into_compile_errors()
}

/// A method without a body, or an item that isn't finished.
fn unknown(item: &TokenStream) -> TokenStream {
    let errors = match syn::parse2::<syn::TraitItemFn>(item.clone()) {
        Ok(declaration) => function::declaration(&declaration),
        Err(error) => error.into_compile_error(),
    };
    quote!(#item #errors)
}
