//! The options, and the attributes that belong elsewhere.

use syn::{Data, DeriveInput, Field};

use crate::attr::{Entries, Form, Key, Keys};
use crate::ctxt::Ctxt;

const KEYS: Keys = Keys {
    attribute: "#[from_context(…)]",
    known: &[Key { name: "crate", form: Form::Text, example: "crate = \"…\"" }],
    refused: &[],
};

/// Reads what stands on the struct; its fields have nothing to say.
pub(crate) fn read(input: &DeriveInput, cx: &mut Ctxt) -> Entries {
    let mut entries = Entries::default();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("from_context")) {
        entries.add_attribute(&KEYS, attribute, cx);
    }
    let attributes = fields(&input.data).into_iter().flat_map(|field| &field.attrs);
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("from_context")) {
        cx.error(attribute, "every field is an extractor, by its type alone: there is nothing to say about it");
    }
    entries
}

/// The fields of a struct.
pub(crate) fn fields(data: &Data) -> Vec<&Field> {
    match data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(_) | Data::Union(_) => Vec::new(),
    }
}
