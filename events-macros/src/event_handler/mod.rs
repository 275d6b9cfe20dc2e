//! `#[event_handler]`.

mod attr;
mod block;
mod check;
mod delivery;
mod durable;
mod duration;
mod expand;
mod fallback;
mod function;
mod model;
mod retry;
mod signature;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use crate::ctxt::Ctxt;
use crate::tokens::name_of;

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
    let mistake = match item {
        Item::Struct(_) | Item::Enum(_) | Item::Union(_) => {
            "a type needs nothing: put `#[event_handler]` on its impl block with the methods that handle events"
        }
        Item::Trait(_) => function::NOT_IN_A_TRAIT,
        Item::Mod(_) => "a module is no handler: put `#[event_handler]` on each handler in it",
        _ => {
            "nothing here can handle an event: put `#[event_handler]` on a function, on an impl block, or on `impl EventHandler<E> for …`"
        }
    };
    match name_of(item) {
        Some(name) => cx.error(name, mistake),
        None => cx.error(item, mistake),
    }
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
