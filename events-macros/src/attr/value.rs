//! What stands after a key.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Token, Type, UnOp, parenthesized};

use super::{Entries, Form, Key};
use crate::ctxt::Ctxt;

/// A whole number as it is written.
pub(crate) struct Number {
    pub(crate) value: i128,
    pub(crate) tokens: TokenStream,
}

/// A number as it is written, with or without a fraction.
pub(crate) struct Decimal {
    pub(crate) value: f64,
    pub(crate) tokens: TokenStream,
}

/// A value of the form that its key asks for.
pub(super) enum Value {
    Word,
    Text(LitStr),
    Number(Number),
    Decimal(Decimal),
    Expression(Box<Expr>),
    Type(Box<Type>),
    Types(Vec<Type>),
    Group(Entries),
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
        Form::Group(keys) if input.peek(syn::token::Paren) => {
            in_parentheses(input).map(|tokens| Value::Group(Entries::parse(keys, tokens, cx)))
        }
        Form::Group(_) if input.is_empty() || input.peek(Token![,]) => Some(Value::Group(Entries::default())),
        Form::Text | Form::Number | Form::Decimal | Form::Expression | Form::Type if input.peek(Token![=]) => {
            assigned(key, input, cx)
        }
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
    let tokens = expression.to_token_stream();
    let (literal, what) = match key.form {
        Form::Expression => return Some(Value::Expression(Box::new(expression))),
        Form::Text => (text(&expression).map(Value::Text), "text in quotes"),
        Form::Decimal => (decimal(&expression).map(|value| Value::Decimal(Decimal { value, tokens })), "number"),
        _ => (number(&expression).map(|value| Value::Number(Number { value, tokens })), "whole number"),
    };
    Some(literal.unwrap_or_else(|| {
        cx.error(&expression, format_args!("`{}` takes a {what}: `{}`", key.name, key.example));
        Value::Wrong
    }))
}

fn types(input: ParseStream<'_>) -> Option<Vec<Type>> {
    let types = Punctuated::<Type, Token![,]>::parse_terminated.parse2(in_parentheses(input)?);
    types.ok().map(|types| types.into_iter().collect())
}

fn in_parentheses(input: ParseStream<'_>) -> Option<TokenStream> {
    let read = || {
        let content;
        parenthesized!(content in input);
        content.parse()
    };
    read().ok()
}

/// What a macro by example hands on is wrapped in invisible groups.
pub(crate) fn ungrouped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}

/// The text of a literal.
pub(crate) fn text(expression: &Expr) -> Option<LitStr> {
    match ungrouped(expression) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

fn decimal(expression: &Expr) -> Option<f64> {
    match ungrouped(expression) {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => decimal(&unary.expr).map(|value| -value),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) if number.suffix().is_empty() => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    }
}

fn number(expression: &Expr) -> Option<i128> {
    match ungrouped(expression) {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => number(&unary.expr).map(|value| -value),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    }
}
