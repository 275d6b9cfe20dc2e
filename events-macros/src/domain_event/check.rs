//! What makes no sense, each at the user's own token.

use syn::spanned::Spanned;
use syn::{Data, DataStruct, DeriveInput, Fields, Type, TypeReference};

use super::attr::{Attrs, FieldAttrs};
use super::model::{Kind, Model};
use crate::ctxt::Ctxt;
use crate::name::{self, Named};
use crate::suggest::closest;
use crate::tokens::{bare, reference_in, type_text};

/// Reports every mistake.
pub(crate) fn check(input: &DeriveInput, attrs: &Attrs<'_>, model: &Model<'_>, cx: &mut Ctxt) {
    names(attrs, model, cx);
    version(attrs, model, cx);
    kind(attrs, cx);
    if is_struct(input, cx) {
        stream(attrs, model, cx);
        owned(attrs, cx);
        at_most_one(attrs, "occurred_at", "an event happens at one time", cx);
        one_role(attrs, cx);
    }
}

fn is_struct(input: &DeriveInput, cx: &mut Ctxt) -> bool {
    let ident = &input.ident;
    match &input.data {
        Data::Enum(data) => {
            cx.error(
                data.enum_token,
                format_args!(
                    "an event is a struct: write one struct for each variant of `{ident}`; `#[aggregate]` makes the enum of an aggregate's events"
                ),
            );
            return false;
        }
        Data::Union(data) => {
            cx.error(data.union_token, "an event is a struct with named fields, not a union");
            return false;
        }
        Data::Struct(DataStruct { fields: Fields::Unnamed(fields), .. }) => cx.error(
            fields,
            format_args!(
                "the fields of an event need names, because it is read back by them: write `struct {ident} {{ … }}`"
            ),
        ),
        Data::Struct(_) => {}
    }
    if !input.generics.params.is_empty() {
        cx.error(
            &input.generics,
            "an event can't be generic: one name in the store stands for one type; write one struct for each type",
        );
    }
    true
}

/// What is read back from a store borrows from nothing. Serde's own attributes may make it possible.
fn owned(attrs: &Attrs<'_>, cx: &mut Ctxt) {
    for FieldAttrs { field, .. } in &attrs.fields {
        let by_serde = field.attrs.iter().any(|attribute| attribute.path().is_ident("serde"));
        if !by_serde && let Some(reference) = reference_in(&field.ty) {
            cx.error(
                reference,
                format_args!(
                    "an event owns its data, because it is read back from a store: write `{}` instead of `{}`",
                    owned_text(reference),
                    type_text(&Type::Reference(reference.clone())),
                ),
            );
        }
    }
}

fn owned_text(reference: &TypeReference) -> String {
    match bare(&reference.elem) {
        Type::Slice(slice) => format!("Vec<{}>", type_text(&slice.elem)),
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        other => type_text(other),
    }
}

fn names(attrs: &Attrs<'_>, model: &Model<'_>, cx: &mut Ctxt) {
    match attrs.container.text("name") {
        Some(name) => name::check(Named::Event, name, cx),
        None if attrs.container.key("name").is_some() => {}
        None => name::check_derived(Named::Event, model.ident, &model.name, cx),
    }
    if let Some(name) = attrs.container.text("aggregate") {
        name::check(Named::Aggregate, name, cx);
    }
}

fn version(attrs: &Attrs<'_>, model: &Model<'_>, cx: &mut Ctxt) {
    let version = attrs.container.number("version");
    if let Some(version) = version {
        if version.value < 1 {
            cx.error(&version.tokens, "versions begin at 1");
        } else if u32::try_from(version.value).is_err() {
            cx.error(&version.tokens, format_args!("a version is at most {}", u32::MAX));
        }
    }
    let Some(previous) = attrs.container.ty("previous") else { return };
    if let Type::Path(path) = bare(previous)
        && (path.path.is_ident(model.ident) || path.path.is_ident("Self"))
    {
        return cx.error(previous, "`previous` is the type of the version before, not the event itself");
    }
    match version {
        Some(version) if version.value == 1 => {
            cx.error(&version.tokens, "version 1 has no `previous`: it is the first");
        }
        None if attrs.container.lacks("version") => {
            cx.error(previous, "an event with a `previous` needs `version = 2` or higher");
        }
        _ => {}
    }
}

fn kind(attrs: &Attrs<'_>, cx: &mut Ctxt) {
    let Some(kind) = attrs.container.text("kind") else { return };
    let value = kind.value();
    if Kind::ALL.iter().any(|known| known.word() == value) {
        return;
    }
    let meant = closest(&value, Kind::ALL.iter().map(|kind| kind.word()));
    let possible = "`kind` is \"domain\" (the default), \"integration\" or \"system\"";
    match meant {
        Some(meant) => cx.error(kind, format_args!("unknown kind: did you mean \"{meant}\"? {possible}")),
        None => cx.error(kind, format_args!("unknown kind: {possible}")),
    }
}

fn stream(attrs: &Attrs<'_>, model: &Model<'_>, cx: &mut Ctxt) {
    let (aggregate, no_stream) = (attrs.container.key("aggregate"), attrs.container.key("no_stream"));
    let ident = model.ident;
    if let (Some(_), Some(no_stream)) = (aggregate, no_stream) {
        return cx.error(
            no_stream,
            "`aggregate` and `no_stream` exclude each other: an event is in its aggregate's stream, or each is a stream of its own",
        );
    }
    if let Some(no_stream) = no_stream {
        for field in attrs.fields_with("id") {
            let id = field.entries.key("id").map_or(no_stream.span(), |id| id.span());
            cx.error_at(
                id,
                "an `id` identifies an aggregate: with `no_stream` there is none; write `aggregate = \"…\"` on the struct instead, or drop `id`",
            );
        }
        return;
    }
    if aggregate.is_none() {
        if !attrs.container.lacks("aggregate") {
            return;
        }
        return cx.error(
            ident,
            format_args!(
                "which aggregate does `{ident}` belong to? add `#[event(aggregate = \"…\")]` and mark the field with its id `#[event(id)]`; or add `#[event(no_stream)]`, if each is a stream of its own"
            ),
        );
    }
    if attrs.fields.iter().all(|field| field.entries.lacks("id")) {
        let span = aggregate.map_or_else(|| ident.span(), |aggregate| aggregate.span());
        cx.error_at(
            span,
            "an event of an aggregate says of which one: mark the field with its id `#[event(id)]`; or write `no_stream` instead of `aggregate`",
        );
    }
    at_most_one(attrs, "id", "an event belongs to one aggregate", cx);
}

fn one_role(attrs: &Attrs<'_>, cx: &mut Ctxt) {
    for field in attrs.fields_with("id") {
        if let Some(occurred_at) = field.entries.key("occurred_at") {
            cx.error(occurred_at, "a field is the `id` or says when it happened, not both");
        }
    }
}

fn at_most_one(attrs: &Attrs<'_>, word: &'static str, because: &str, cx: &mut Ctxt) {
    for field in attrs.fields_with(word).skip(1) {
        let span = field.entries.key(word).map_or_else(|| field.field.span(), |key| key.span());
        cx.error_at(span, format_args!("a second `{word}`: {because}"));
    }
}
