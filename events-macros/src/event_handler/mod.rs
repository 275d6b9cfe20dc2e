//! `#[event_handler]`.

mod attr;
mod batch;
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
use syn::{Item, TraitItemFn};

use crate::ctxt::Ctxt;
use crate::raw;
use crate::tokens::name_of;

/// The item as the user wrote it, followed by what registers it or by what is wrong with it.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let generated = match raw::outline(item.clone()) {
        Ok(Item::Fn(function)) => function::generate(options, &function),
        Ok(Item::Impl(block)) => block::generate(options, &block),
        Ok(Item::Verbatim(declaration)) => declared(declaration),
        Ok(other) => misplaced(&other),
        Err(error) => unreadable(item.clone(), error),
    };
    let item = if raw::is_block(&item) { raw::without_attributes(item, None, "event_handler") } else { item };
    quote!(#item #generated)
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

/// A method without a body, or something else that isn't finished.
fn declared(item: TokenStream) -> TokenStream {
    match syn::parse2::<TraitItemFn>(item) {
        Ok(declaration) => function::declaration(&declaration),
        Err(error) => error.into_compile_error(),
    }
}

/// A method of a trait that is no item elsewhere, or an item that isn't finished.
fn unreadable(item: TokenStream, error: syn::Error) -> TokenStream {
    match syn::parse2::<TraitItemFn>(item) {
        Ok(declaration) => function::declaration(&declaration),
        Err(_) => error.into_compile_error(),
    }
}
