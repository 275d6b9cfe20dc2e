//! What the macro knows about a handler.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, ReturnType, Type};

use super::duration::milliseconds;
use crate::attr::Entries;
use crate::crate_path::Private;
use crate::ctxt::Ctxt;

/// The handlers of an item.
pub(crate) struct Model<'a> {
    /// Where generated code finds the framework.
    pub(crate) private: Private,
    /// What the handlers are registered as: the twin of a function, or the type of an impl block.
    pub(crate) owner: Owner<'a>,
    /// The attributes that decide whether the item exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
    /// The handlers.
    pub(crate) handlers: Vec<Handler<'a>>,
}

/// What `handlers![…]` names.
pub(crate) enum Owner<'a> {
    /// A function: a struct of its name and visibility is generated in the namespace of types.
    Function { ident: &'a Ident, vis: &'a syn::Visibility },
    /// The type of an impl block.
    Type(&'a Type),
}

/// One handler.
pub(crate) struct Handler<'a> {
    /// Its name.
    pub(crate) name: String,
    /// Its Rust path within its module.
    pub(crate) item: String,
    /// The token that stands for it in the source.
    pub(crate) ident: &'a Ident,
    /// The attributes that decide whether it exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
    /// Whether it is an `async fn`.
    pub(crate) is_async: bool,
    /// What is called, and with what.
    pub(crate) target: Target<'a>,
    /// How it is called among others.
    pub(crate) settings: Settings,
}

/// What is called.
pub(crate) enum Target<'a> {
    /// A function or a method.
    Function(Function<'a>),
    /// The method of `EventHandler<E>` or `AsyncEventHandler<E>`.
    Trait { event: &'a Type, of: &'a Type },
}

/// A function or a method, and its arguments.
pub(crate) struct Function<'a> {
    /// The type of `self`.
    pub(crate) receiver: Option<&'a Type>,
    /// The event.
    pub(crate) event: EventArgument,
    /// Which events it is called with.
    pub(crate) selector: Selector,
    /// The types of the other arguments, nameable outside of the signature.
    pub(crate) extractors: Vec<TokenStream>,
    /// The return type.
    pub(crate) output: &'a ReturnType,
}

/// How the event is taken, with its type.
pub(crate) enum EventArgument {
    /// `&E`
    Reference(TokenStream),
    /// `&Envelope<E>`
    EnvelopeReference(TokenStream),
    /// `Envelope<'_, E>`
    Envelope(TokenStream),
    /// `&RecordedEvent`
    Recorded,
}

/// Which events a handler is called with.
pub(crate) enum Selector {
    /// These.
    Only(Vec<TokenStream>),
    /// Every event.
    All,
}

/// What is said about a handler besides its events.
#[derive(Clone, Copy, Default)]
pub(crate) struct Settings {
    /// Handlers of a higher priority come first.
    pub(crate) priority: i32,
    /// The time limit in milliseconds.
    pub(crate) timeout: Option<u64>,
}

impl Settings {
    /// Reads them, with the impl block's as the default of its methods.
    pub(crate) fn read(entries: &Entries, default: Self, cx: &mut Ctxt) -> Self {
        let priority = entries.number("priority").map(|number| match i32::try_from(number.value) {
            Ok(priority) => priority,
            Err(_) => {
                cx.error(&number.tokens, format_args!("a priority is between {} and {}", i32::MIN, i32::MAX));
                0
            }
        });
        let timeout = entries.text("timeout").and_then(|text| milliseconds(text, cx));
        Self { priority: priority.unwrap_or(default.priority), timeout: timeout.or(default.timeout) }
    }
}

/// The name that the user has given, if any.
pub(crate) fn given_name(entries: &Entries) -> Option<String> {
    entries.text("name").map(LitStr::value)
}
