//! What stands after a key.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, LitStr, Token, Type, UnOp, parenthesized};

use super::{Form, Key};
use crate::ctxt::Ctxt;

/// A whole number as it is written.
pub(crate) struct Number {
    pub(crate) value: i128,
    pub(crate) tokens: TokenStream,
}

/// A value of the form that its key asks for.
pub(super) enum Value {
    Word,
    Text(LitStr),
    Number(Number),
    Type(Box<Type>),
    Types(Vec<Type>),
    /// Of the wrong form; already reported.
    Wrong,
}

/// Reads what follows a key; a mistake is reported, and the value then is [`Value::Wrong`].
pub(super) fn read(key: &Key, ident: &Ident, input: ParseStream<'_>, cx: &mut Ctxt) -> Value {
    let value = match key.form {
        Form::Word if input.peek(Token![=]) || input.peek(syn::token::Paren) => {
            cx.error(ident, format_args!("`{0}` stands alone, without a value", key.name));
            Some(Value::Wrong)
        }
        Form::Word => Some(Value::Word),
        Form::Types if input.peek(syn::token::Paren) => types(input).map(Value::Types),
        Form::Text | Form::Number | Form::Type if input.peek(Token![=]) => assigned(key, input, cx),
        _ => None,
    };
    value.unwrap_or_else(|| {
        cx.error(ident, format_args!("`{}` is written `{}`", key.name, key.example));
        Value::Wrong
    })
}

/// The value after `=`; a wrong one is reported where it stands.
fn assigned(key: &Key, input: ParseStream<'_>, cx: &mut Ctxt) -> Option<Value> {
    input.parse::<Token![=]>().ok()?;
    if input.is_empty() || input.peek(Token![,]) {
        return None;
    }
    let start = input.span();
    if let Form::Type = key.form {
        if let Ok(ty) = input.parse() {
            return Some(Value::Type(Box::new(ty)));
        }
        cx.error_at(start, format_args!("`{}` takes a type: `{}`", key.name, key.example));
        return Some(Value::Wrong);
    }
    let Ok(expression) = input.parse::<Expr>() else {
        cx.error_at(start, format_args!("`{}` is written `{}`", key.name, key.example));
        return Some(Value::Wrong);
    };
    let literal = match key.form {
        Form::Text => text(&expression).map(Value::Text),
        _ => number(&expression).map(|value| Value::Number(Number { value, tokens: expression.to_token_stream() })),
    };
    let what = if matches!(key.form, Form::Text) { "text in quotes" } else { "whole number" };
    Some(literal.unwrap_or_else(|| {
        cx.error(&expression, format_args!("`{}` takes a {what}: `{}`", key.name, key.example));
        Value::Wrong
    }))
}

fn types(input: ParseStream<'_>) -> Option<Vec<Type>> {
    let parse = || {
        let content;
        parenthesized!(content in input);
        Punctuated::<Type, Token![,]>::parse_terminated(&content)
    };
    parse().ok().map(|types| types.into_iter().collect())
}

/// What a macro by example hands on is wrapped in invisible groups.
fn literal(expression: &Expr) -> Option<&Lit> {
    match expression {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

fn text(expression: &Expr) -> Option<LitStr> {
    match literal(expression)? {
        Lit::Str(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(expression: &Expr) -> Option<i128> {
    if let Expr::Unary(unary) = expression
        && let UnOp::Neg(_) = unary.op
    {
        return number(&unary.expr).map(|value| -value);
    }
    match literal(expression)? {
        Lit::Int(number) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    }
}
