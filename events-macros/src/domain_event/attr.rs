//! The attributes of the struct and of its fields.

use syn::{Attribute, Data, DeriveInput, Field};

use crate::attr::{Entries, Form, Key, Keys};
use crate::ctxt::Ctxt;

const CONTAINER: Keys = Keys {
    attribute: "#[event(…)]",
    known: &[
        Key { name: "name", form: Form::Text, example: "name = \"…\"" },
        Key { name: "version", form: Form::Number, example: "version = 2" },
        Key { name: "previous", form: Form::Type, example: "previous = OlderEvent" },
        Key { name: "aggregate", form: Form::Text, example: "aggregate = \"…\"" },
        Key { name: "no_stream", form: Form::Word, example: "no_stream" },
        Key { name: "kind", form: Form::Text, example: "kind = \"domain\"" },
        Key { name: "crate", form: Form::Text, example: "crate = \"…\"" },
    ],
    refused: &[
        ("id", "belongs on the field that identifies the aggregate"),
        ("occurred_at", "belongs on the field that says when it happened"),
        ("type", "is written `kind = \"domain\"`, `\"integration\"` or `\"system\"`"),
        ("stream", "is written `aggregate = \"…\"`"),
    ],
};

const FIELD: Keys = Keys {
    attribute: "#[event(…)]",
    known: &[
        Key { name: "id", form: Form::Word, example: "id" },
        Key { name: "occurred_at", form: Form::Word, example: "occurred_at" },
    ],
    refused: &[
        ("name", "belongs on the struct; to rename a field, use `#[serde(rename = \"…\")]`"),
        ("version", "belongs on the struct"),
        ("previous", "belongs on the struct"),
        ("aggregate", "belongs on the struct"),
        ("no_stream", "belongs on the struct"),
        ("kind", "belongs on the struct"),
        ("crate", "belongs on the struct"),
        ("skip", "is serde's: use `#[serde(skip)]`"),
        ("timestamp", "is written `occurred_at`"),
    ],
};

/// Everything the user has said in attributes.
pub(crate) struct Attrs<'a> {
    /// What stands on the struct.
    pub(crate) container: Entries,
    /// The fields, in the order of the source, with what stands on each.
    pub(crate) fields: Vec<FieldAttrs<'a>>,
}

/// A field and its attributes.
pub(crate) struct FieldAttrs<'a> {
    /// The field itself.
    pub(crate) field: &'a Field,
    /// What stands on it.
    pub(crate) entries: Entries,
}

impl<'a> Attrs<'a> {
    /// Reads the attributes of the item.
    pub(crate) fn read(input: &'a DeriveInput, cx: &mut Ctxt) -> Self {
        let fields = match &input.data {
            Data::Struct(data) => data.fields.iter().map(|field| FieldAttrs::read(field, cx)).collect(),
            Data::Enum(_) | Data::Union(_) => Vec::new(),
        };
        Self { container: read(&CONTAINER, &input.attrs, cx), fields }
    }

    /// The fields that have the word.
    pub(crate) fn fields_with<'s>(&'s self, word: &'static str) -> impl Iterator<Item = &'s FieldAttrs<'a>> {
        self.fields.iter().filter(move |field| field.entries.key(word).is_some())
    }
}

impl<'a> FieldAttrs<'a> {
    fn read(field: &'a Field, cx: &mut Ctxt) -> Self {
        Self { field, entries: read(&FIELD, &field.attrs, cx) }
    }
}

fn read(keys: &Keys, attributes: &[Attribute], cx: &mut Ctxt) -> Entries {
    let mut entries = Entries::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("event")) {
        entries.add_attribute(keys, attribute, cx);
    }
    entries
}
