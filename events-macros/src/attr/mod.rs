//! Reads `key`, `key = value`, `key(A, B)` and `key(key = value)`, for all three macros.
//!
//! Every entry is looked at, whatever is wrong with the ones before. An unknown key, one that is
//! given twice, and a value of the wrong form are reported; nothing is skipped in silence.

mod value;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, LitStr, Meta, Token, Type};

use self::value::{Decimal, Number, Value};
pub(crate) use self::value::{text, ungrouped};
use crate::ctxt::Ctxt;
use crate::suggest::closest;

/// What a key is followed by.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Nothing.
    Word,
    /// `= "…"`
    Text,
    /// `= 1`
    Number,
    /// `= 0.5`
    Decimal,
    /// `= …`, read by whoever asks for it.
    Expression,
    /// `= T`
    Type,
    /// `(A, B)`
    Types,
    /// `(key = …)`, with keys of its own; nothing at all counts as no keys.
    Group(&'static Keys),
}

/// A key that an attribute knows.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// How it is written.
    pub(crate) example: &'static str,
}

impl Key {
    /// Whether it is a group that knows this key.
    fn has(&self, name: &str) -> bool {
        matches!(self.form, Form::Group(keys) if keys.known.iter().any(|key| key.name == name))
    }
}

/// What an attribute knows.
pub(crate) struct Keys {
    /// How the attribute or the group is written, without its keys.
    pub(crate) attribute: &'static str,
    pub(crate) known: &'static [Key],
    /// Keys that make sense, but not here or not yet, with the reason.
    pub(crate) refused: &'static [(&'static str, &'static str)],
}

struct Entry {
    key: Ident,
    value: Value,
}

/// The entries of an attribute, each key at most once.
#[derive(Default)]
pub(crate) struct Entries {
    entries: Vec<Entry>,
    has_unknown: bool,
}

impl Entries {
    /// Reads what stands between the parentheses of an attribute.
    pub(crate) fn parse(keys: &Keys, tokens: TokenStream, cx: &mut Ctxt) -> Self {
        let mut entries = Self::default();
        entries.add(keys, tokens, cx);
        entries
    }

    /// Reads an attribute such as `#[event(…)]` on top of what was read before.
    pub(crate) fn add_attribute(&mut self, keys: &Keys, attribute: &Attribute, cx: &mut Ctxt) {
        match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => self.add(keys, list.tokens.clone(), cx),
            other => {
                self.has_unknown = true;
                cx.error(other, format_args!("`{}` takes {}", keys.attribute, keys.names()));
            }
        }
    }

    fn add(&mut self, keys: &Keys, tokens: TokenStream, cx: &mut Ctxt) {
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                self.entry(keys, input, cx);
                skip_to_comma(input)?;
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        // The closure reports by itself and leaves nothing over, so there is no error to lose.
        if let Err(error) = read.parse2(tokens) {
            cx.error_at(error.span(), error);
        }
    }

    fn entry(&mut self, keys: &Keys, input: ParseStream<'_>, cx: &mut Ctxt) {
        let Ok(ident) = input.call(Ident::parse_any) else {
            self.has_unknown = true;
            return cx.error_at(input.span(), format_args!("expected {}", keys.names()));
        };
        let name = ident.to_string();
        let Some(key) = keys.known.iter().find(|key| key.name == name) else {
            self.has_unknown = true;
            return cx.error(&ident, keys.unknown(&name));
        };
        let value = value::read(key, &ident, input, cx);
        if self.key(&name).is_some() {
            return cx.error(&ident, format_args!("`{name}` is given twice"));
        }
        if !input.is_empty() && !input.peek(Token![,]) && !matches!(value, Value::Wrong) {
            cx.error_at(input.span(), format_args!("expected `,` before this"));
        }
        self.entries.push(Entry { key: ident, value });
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    /// Whether something is said to be missing that may be there, misspelt.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !self.has_unknown && self.key(name).is_none()
    }

    /// The key as the user wrote it, whatever its value.
    pub(crate) fn key(&self, name: &str) -> Option<&Ident> {
        self.find(name).map(|entry| &entry.key)
    }

    /// All keys but that one.
    pub(crate) fn others<'s>(&'s self, name: &'static str) -> impl Iterator<Item = &'s Ident> {
        self.entries.iter().map(|entry| &entry.key).filter(move |key| *key != name)
    }

    /// The text of a key.
    pub(crate) fn text(&self, name: &str) -> Option<&LitStr> {
        match &self.find(name)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a key.
    pub(crate) fn number(&self, name: &str) -> Option<&Number> {
        match &self.find(name)?.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number of a key, which may have a fraction.
    pub(crate) fn decimal(&self, name: &str) -> Option<&Decimal> {
        match &self.find(name)?.value {
            Value::Decimal(number) => Some(number),
            _ => None,
        }
    }

    /// What stands after `=` of a key.
    pub(crate) fn expression(&self, name: &str) -> Option<&Expr> {
        match &self.find(name)?.value {
            Value::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    /// What stands in the parentheses of a key.
    pub(crate) fn group(&self, name: &str) -> Option<&Self> {
        match &self.find(name)?.value {
            Value::Group(entries) => Some(entries),
            _ => None,
        }
    }

    /// The type of a key.
    pub(crate) fn ty(&self, name: &str) -> Option<&Type> {
        match &self.find(name)?.value {
            Value::Type(ty) => Some(ty),
            _ => None,
        }
    }

    /// The types in the parentheses of a key.
    pub(crate) fn types(&self, name: &str) -> Option<&[Type]> {
        match &self.find(name)?.value {
            Value::Types(types) => Some(types),
            _ => None,
        }
    }
}

impl Keys {
    fn names(&self) -> String {
        let names: Vec<_> = self.known.iter().map(|key| format!("`{}`", key.example)).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        }
    }

    fn unknown(&self, name: &str) -> String {
        if let Some((_, reason)) = self.refused.iter().find(|(refused, _)| *refused == name) {
            return format!("`{name}` {reason}");
        }
        if let Some(group) = self.known.iter().find(|key| key.has(name)) {
            return format!("`{name}` belongs in the parentheses of `{}(…)`", group.name);
        }
        match closest(name, self.known.iter().map(|key| key.name)) {
            Some(meant) => format!("unknown key `{name}`: did you mean `{meant}`?"),
            None => format!("unknown key `{name}`: `{}` takes {}", self.attribute, self.names()),
        }
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
