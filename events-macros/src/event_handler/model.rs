//! What the macro knows about a handler.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, LitStr, ReturnType, Type};

use super::durable::Durable;
use super::duration::time_limit;
use super::retry::Retry;
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

impl Handler<'_> {
    /// The events that it is called with; none for one that is called with all.
    pub(crate) fn events(&self) -> Vec<TokenStream> {
        match &self.target {
            Target::Trait { event, .. } => vec![event.to_token_stream()],
            Target::Function(Function { selector: Selector::Only(events), .. }) => events.clone(),
            Target::Function(Function { selector: Selector::All, .. }) => Vec::new(),
        }
    }
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
    /// `&[Envelope<'_, E>]`
    Batch(TokenStream),
    /// `&RecordedEvent`
    Recorded,
    /// `&[&RecordedEvent]`
    RecordedBatch,
}

impl EventArgument {
    /// Whether it is several events.
    pub(crate) fn is_batch(&self) -> bool {
        matches!(self, Self::Batch(_) | Self::RecordedBatch)
    }
}

/// Which events a handler is called with.
pub(crate) enum Selector {
    /// These.
    Only(Vec<TokenStream>),
    /// Every event.
    All,
}

/// What is said about a handler besides its events.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// Handlers of a higher priority come first.
    pub(crate) priority: i32,
    /// The time limit in milliseconds.
    pub(crate) timeout: Option<u64>,
    /// How it is delivered to, if it is durable.
    pub(crate) durable: Option<Durable>,
    /// When it is called again after a failure.
    pub(crate) retry: Option<Retry>,
}

impl Settings {
    /// Reads them, with the impl block's as the default of its methods.
    pub(crate) fn read(entries: &Entries, default: &Self, cx: &mut Ctxt) -> Self {
        let priority = entries.number("priority").map(|number| match i32::try_from(number.value) {
            Ok(priority) => priority,
            Err(_) => {
                cx.error(&number.tokens, format_args!("a priority is between {} and {}", i32::MIN, i32::MAX));
                0
            }
        });
        let timeout = entries.text("timeout").and_then(|text| time_limit(text, cx));
        let (durable, retry) = (Durable::read(entries, cx), Retry::read(entries, cx));
        Self {
            priority: priority.unwrap_or(default.priority),
            timeout: timeout.or(default.timeout),
            durable: durable.or_else(|| default.durable.clone()),
            retry: retry.or_else(|| default.retry.clone()),
        }
    }
}

impl Settings {
    /// The name of a handler in its version: what the store knows it by.
    pub(crate) fn versioned(&self, name: String) -> String {
        match self.durable.as_ref().and_then(|durable| durable.version) {
            Some(version) => format!("{name}@{version}"),
            None => name,
        }
    }
}

/// The name that the user has given, if any.
pub(crate) fn given_name(entries: &Entries) -> Option<String> {
    entries.text("name").map(LitStr::value)
}
