//! The user's item as tokens, so that it comes out as it went in, whatever is wrong with it.
//!
//! An editor expands the macros at every key: an item that is being typed has to be given back, or
//! nothing in it is completed and all that uses it is underlined.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::Item;

/// The item with empty bodies for its functions: what is being typed in one mustn't keep the rest
/// from being understood, and what isn't read costs no time.
///
/// # Errors
/// If something else is wrong with its syntax.
pub(crate) fn outline(item: TokenStream) -> syn::Result<Item> {
    syn::parse2(without_bodies(item, &mut false))
}

/// The item, with empty bodies only if it can't be read otherwise.
///
/// # Errors
/// If something else is wrong with its syntax.
pub(crate) fn parse(item: TokenStream) -> syn::Result<Item> {
    syn::parse2(item.clone()).or_else(|_| outline(item))
}

/// The first braces after a `fn` are its body.
fn without_bodies(tokens: TokenStream, after_fn: &mut bool) -> TokenStream {
    let shortened = |token| match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace if std::mem::take(after_fn) => filled(&group, TokenStream::new()),
            Delimiter::Brace => filled(&group, without_bodies(group.stream(), &mut false)),
            Delimiter::None => filled(&group, without_bodies(group.stream(), after_fn)),
            Delimiter::Parenthesis | Delimiter::Bracket => TokenTree::Group(group),
        },
        TokenTree::Punct(punct) if punct.as_char() == ';' => {
            *after_fn = false;
            TokenTree::Punct(punct)
        }
        TokenTree::Ident(ident) => {
            *after_fn |= ident == "fn";
            TokenTree::Ident(ident)
        }
        other => other,
    };
    tokens.into_iter().map(shortened).collect()
}

/// The item without the attributes that are one macro's own, by whatever path: those on the item
/// itself, and those on what is in its braces.
pub(crate) fn without_attributes(item: TokenStream, on_it: Option<&str>, in_it: &str) -> TokenStream {
    let inner = |token| match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => filled(&group, without(group.stream(), in_it)),
            Delimiter::None => filled(&group, without_attributes(group.stream(), on_it, in_it)),
            Delimiter::Parenthesis | Delimiter::Bracket => TokenTree::Group(group),
        },
        other => other,
    };
    let outer = match on_it {
        Some(name) => without(item, name),
        None => item,
    };
    outer.into_iter().map(inner).collect()
}

/// Without `#[…]` of this name; what is deeper stays.
fn without(tokens: TokenStream, name: &str) -> TokenStream {
    let mut left = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if is_attribute(&left, &group, name) => drop(left.pop()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                left.push(filled(&group, without(group.stream(), name)));
            }
            other => left.push(other),
        }
    }
    left.into_iter().collect()
}

/// Whether the group is the second half of `#[path::name …]`.
fn is_attribute(before: &[TokenTree], group: &Group, name: &str) -> bool {
    let after_hash = matches!(before.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
    after_hash && group.delimiter() == Delimiter::Bracket && last_of_path(group).is_some_and(|last| last == name)
}

fn last_of_path(attribute: &Group) -> Option<Ident> {
    let mut last = None;
    for token in attribute.stream() {
        match token {
            TokenTree::Ident(ident) => last = Some(ident),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    last
}

/// Whether it is an impl block, as far as can be seen; it may be half typed.
pub(crate) fn is_block(item: &TokenStream) -> bool {
    let words = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    });
    words.into_iter().find(|word| word != "unsafe").is_some_and(|word| word == "impl")
}

/// The same group with something else in it.
fn filled(group: &Group, tokens: TokenStream) -> TokenTree {
    let mut filled = Group::new(group.delimiter(), tokens);
    filled.set_span(group.span());
    TokenTree::Group(filled)
}

#[cfg(test)]
mod tests;
