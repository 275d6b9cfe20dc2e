//! The options, on the item and on the methods of an impl block.

use proc_macro2::TokenStream;
use syn::{Attribute, ImplItemFn};

use crate::attr::{Entries, Form, Key, Keys};
use crate::ctxt::Ctxt;

const LATER: &str = "is not supported yet";

const NAME: Key = Key { name: "name", form: Form::Text, example: "name = \"…\"" };
const EVENTS: Key = Key { name: "events", form: Form::Types, example: "events(A, B)" };
const ALL: Key = Key { name: "all", form: Form::Word, example: "all" };
const PRIORITY: Key = Key { name: "priority", form: Form::Number, example: "priority = 10" };
const TIMEOUT: Key = Key { name: "timeout", form: Form::Text, example: "timeout = \"5s\"" };
const CRATE: Key = Key { name: "crate", form: Form::Text, example: "crate = \"…\"" };
const SKIP: Key = Key { name: "skip", form: Form::Word, example: "skip" };

const FUNCTION: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, EVENTS, ALL, PRIORITY, TIMEOUT, CRATE],
    refused: &[
        ("durable", LATER),
        ("retry", LATER),
        ("order", LATER),
        ("renamed_from", LATER),
        ("on_exhausted", LATER),
        ("event", "is written `events(A, B)`; a handler of one event takes it as its first argument, `&E`"),
        ("skip", "belongs on a method of an impl block with `#[event_handler]`"),
    ],
};

const BLOCK: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, PRIORITY, TIMEOUT, CRATE],
    refused: &[
        ("durable", LATER),
        ("retry", LATER),
        ("order", LATER),
        ("renamed_from", LATER),
        ("on_exhausted", LATER),
        ("events", "belongs on the method that takes `&RecordedEvent`"),
        ("all", "belongs on the method that takes `&RecordedEvent`"),
        ("skip", "belongs on the method that is no handler"),
    ],
};

const METHOD: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, EVENTS, ALL, PRIORITY, TIMEOUT, SKIP],
    refused: &[
        ("durable", LATER),
        ("retry", LATER),
        ("order", LATER),
        ("renamed_from", LATER),
        ("on_exhausted", LATER),
        ("crate", "belongs on the impl block"),
    ],
};

const TRAIT_IMPL: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, PRIORITY, TIMEOUT, CRATE],
    refused: &[
        ("durable", LATER),
        ("retry", LATER),
        ("order", LATER),
        ("renamed_from", LATER),
        ("on_exhausted", LATER),
        ("events", "makes no sense here: the trait names the event"),
        ("all", "makes no sense here: the trait names the event"),
    ],
};

/// Reads the options of a function.
pub(crate) fn function(options: TokenStream, cx: &mut Ctxt) -> Entries {
    Entries::parse(&FUNCTION, options, cx)
}

/// Reads the options of an inherent impl block.
pub(crate) fn block(options: TokenStream, cx: &mut Ctxt) -> Entries {
    Entries::parse(&BLOCK, options, cx)
}

/// Reads the options of an implementation of a handler trait.
pub(crate) fn trait_impl(options: TokenStream, cx: &mut Ctxt) -> Entries {
    Entries::parse(&TRAIT_IMPL, options, cx)
}

/// Reads the options of a method.
pub(crate) fn method(method: &ImplItemFn, cx: &mut Ctxt) -> Entries {
    let mut entries = Entries::default();
    for attribute in method.attrs.iter().filter(|attribute| is_ours(attribute)) {
        entries.add_attribute(&METHOD, attribute, cx);
    }
    entries
}

/// Whether an attribute is `#[event_handler]`, by whatever path.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "event_handler")
}
