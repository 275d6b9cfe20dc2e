//! `#[aggregate]`.

mod attr;
mod check;
mod events;
mod expand;
mod fallback;
mod model;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Item, ItemImpl};

use self::model::Model;
use crate::ctxt::Ctxt;
use crate::raw;
use crate::tokens::name_of;

/// The block as the user wrote it, without `#[when]`, followed by what makes it an aggregate or by
/// what is wrong with it.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let generated = match raw::parse(item.clone()) {
        Ok(Item::Impl(block)) => generated(options, &block),
        Ok(other) => misplaced(&other),
        Err(error) => error.into_compile_error(),
    };
    // Without the marks, and without a second attribute, which has been reported.
    let item = raw::without_attributes(item, Some("aggregate"), "when");
    quote!(#item #generated)
}

fn generated(options: TokenStream, block: &ItemImpl) -> TokenStream {
    let mut cx = Ctxt::new();
    let entries = attr::read(options, &mut cx);
    let model = Model::new(block, &entries, &mut cx);
    if !check::twice(&block.attrs, &mut cx) {
        check::check(block, &entries, &model, &mut cx);
    }
    if cx.is_clean() { expand::expand(&model) } else { fallback::fallback(block, model, cx.into_compile_errors()) }
}

fn misplaced(item: &Item) -> TokenStream {
    let mut cx = Ctxt::new();
    let hint = match item {
        Item::Struct(_) | Item::Enum(_) => {
            "the type itself needs `Default`, `Serialize` and `Deserialize`; put `#[aggregate]` on its impl block"
        }
        _ => "put it on the impl block of the state",
    };
    let mistake = format!("an aggregate is an impl block with `#[when]` methods: {hint}");
    match name_of(item) {
        Some(name) => cx.error(name, mistake),
        None => cx.error(item, mistake),
    }
    cx.into_compile_errors()
}

/// `#[when]` where no `#[aggregate]` has taken it: the method as it is, and what is missing.
pub(crate) fn stray_when(item: TokenStream) -> TokenStream {
    let mut cx = Ctxt::new();
    cx.error_at(
        Span::call_site(),
        "`#[when]` marks a method of an aggregate: put `#[aggregate(name = \"…\")]` on its impl block",
    );
    let errors = cx.into_compile_errors();
    quote!(#item #errors)
}
