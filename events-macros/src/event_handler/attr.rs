//! The options, on the item and on the methods of an impl block.

use proc_macro2::TokenStream;
use syn::{Attribute, ImplItemFn};

use super::{durable, retry};
use crate::attr::{Entries, Form, Key, Keys};
use crate::ctxt::Ctxt;

/// Why a key is refused in the parentheses of another.
pub(super) const BESIDE_DURABLE: &str = "stands beside `durable(…)`, not in its parentheses";
pub(super) const BESIDE_RETRY: &str = "stands beside `retry(…)`, not in its parentheses";
pub(super) const IN_DURABLE: &str = "belongs in the parentheses of `durable(…)`";
pub(super) const IN_RETRY: &str = "belongs in the parentheses of `retry(…)`";

const NAME: Key = Key { name: "name", form: Form::Text, example: "name = \"…\"" };
const EVENTS: Key = Key { name: "events", form: Form::Types, example: "events(A, B)" };
const ALL: Key = Key { name: "all", form: Form::Word, example: "all" };
const PRIORITY: Key = Key { name: "priority", form: Form::Number, example: "priority = 10" };
const TIMEOUT: Key = Key { name: "timeout", form: Form::Text, example: "timeout = \"5s\"" };
const DURABLE: Key = Key { name: "durable", form: Form::Group(&durable::KEYS), example: "durable(from = \"start\")" };
const RETRY: Key = Key { name: "retry", form: Form::Group(&retry::KEYS), example: "retry(attempts = 8)" };
const CRATE: Key = Key { name: "crate", form: Form::Text, example: "crate = \"…\"" };
const SKIP: Key = Key { name: "skip", form: Form::Word, example: "skip" };

const FUNCTION: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, EVENTS, ALL, PRIORITY, TIMEOUT, DURABLE, RETRY, CRATE],
    refused: &[
        ("event", "is written `events(A, B)`; a handler of one event takes it as its first argument, `&E`"),
        ("skip", "belongs on a method of an impl block with `#[event_handler]`"),
    ],
};

const BLOCK: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, PRIORITY, TIMEOUT, DURABLE, RETRY, CRATE],
    refused: &[
        ("events", "belongs on the method that takes `&RecordedEvent`"),
        ("all", "belongs on the method that takes `&RecordedEvent`"),
        ("skip", "belongs on the method that is no handler"),
    ],
};

const METHOD: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, EVENTS, ALL, PRIORITY, TIMEOUT, DURABLE, RETRY, SKIP],
    refused: &[("crate", "belongs on the impl block")],
};

const TRAIT_IMPL: Keys = Keys {
    attribute: "#[event_handler(…)]",
    known: &[NAME, PRIORITY, TIMEOUT, DURABLE, RETRY, CRATE],
    refused: &[
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
