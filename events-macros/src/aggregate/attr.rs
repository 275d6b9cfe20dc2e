//! The options, and the mark on the methods that change the state.

use proc_macro2::TokenStream;
use syn::{Attribute, ImplItemFn, Meta};

use crate::attr::{Entries, Form, Key, Keys};
use crate::ctxt::Ctxt;

const KEYS: Keys = Keys {
    attribute: "#[aggregate(…)]",
    known: &[
        Key { name: "name", form: Form::Text, example: "name = \"…\"" },
        Key { name: "id", form: Form::Type, example: "id = Uuid" },
        Key { name: "snapshot_every", form: Form::Number, example: "snapshot_every = 100" },
        Key { name: "fold_version", form: Form::Number, example: "fold_version = 1" },
        Key { name: "crate", form: Form::Text, example: "crate = \"…\"" },
    ],
    refused: &[
        ("events", "isn't needed: the events are those that the `#[when]` methods take"),
        ("version", "is written `fold_version = 1`"),
    ],
};

/// Reads the options.
pub(crate) fn read(options: TokenStream, cx: &mut Ctxt) -> Entries {
    Entries::parse(&KEYS, options, cx)
}

/// Whether an attribute is `#[when]`, by whatever path.
pub(crate) fn is_when(attribute: &Attribute) -> bool {
    is_named(attribute, "when")
}

/// Whether an attribute is `#[aggregate]`, by whatever path.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    is_named(attribute, "aggregate")
}

fn is_named(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// Whether a method has the mark; `#[when]` takes no options.
pub(crate) fn marked(method: &ImplItemFn, cx: &mut Ctxt) -> bool {
    let mut marks = method.attrs.iter().filter(|attribute| is_when(attribute));
    let Some(mark) = marks.next() else { return false };
    if !matches!(mark.meta, Meta::Path(_)) {
        cx.error(&mark.meta, "`#[when]` stands alone: which event is meant, the method's argument says");
    }
    for second in marks {
        cx.error(second, "`#[when]` is given twice");
    }
    true
}
