//! What the macro knows about an aggregate.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, LitStr, Type};

use super::attr::marked;
use super::check;
use crate::attr::Entries;
use crate::crate_path::Private;
use crate::ctxt::Ctxt;
use crate::name::{plain, snake_case};
use crate::tokens::{CodeHash, bare, cfgs, last_segment, type_text};

/// An aggregate, as far as it could be made out. If a mistake was reported, parts are placeholders.
pub(crate) struct Model<'a> {
    /// Where generated code finds the framework.
    pub(crate) private: Private,
    /// The type of the state.
    pub(crate) state: &'a Type,
    /// The name of that type.
    pub(crate) ident: Ident,
    /// The name of the generated enum.
    pub(crate) event_enum: Ident,
    /// The attributes that decide whether the block exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
    /// The aggregate's name.
    pub(crate) name: String,
    /// The type of its id, if the user says so.
    pub(crate) id: Option<Type>,
    /// After how many events a snapshot is taken.
    pub(crate) snapshot_every: Option<u32>,
    /// The hash of the code that changes the state.
    pub(crate) fold_hash: u64,
    /// The methods that change the state.
    pub(crate) whens: Vec<When<'a>>,
}

/// A method with `#[when]`.
pub(crate) struct When<'a> {
    /// The method.
    pub(crate) method: &'a ImplItemFn,
    /// The type of its event.
    pub(crate) event: &'a Type,
    /// The variant of the generated enum.
    pub(crate) variant: Ident,
    /// The event's type as text.
    pub(crate) text: String,
    /// The attributes that decide whether the method exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
}

impl<'a> Model<'a> {
    /// Puts together what the block and its options say.
    pub(crate) fn new(item: &'a ItemImpl, entries: &Entries, cx: &mut Ctxt) -> Self {
        let ident = last_segment(&item.self_ty).map(|segment| segment.ident.clone());
        let ident = ident.unwrap_or_else(|| Ident::new("Unnamed", Span::call_site()));
        let mut fold = CodeHash::new();
        let mut whens = Vec::new();
        for method in item.items.iter().filter_map(as_method) {
            if marked(method, cx) {
                fold.tokens(method.sig.to_token_stream());
                fold.tokens(method.block.to_token_stream());
                whens.extend(check::event_of(method, cx).and_then(|event| When::new(method, event)));
            }
        }
        if let Some(version) = entries.number("fold_version") {
            fold.text(&format!("fold_version {}", version.value));
        }
        let name = entries.text("name").map_or_else(|| snake_case(&plain(&ident)), LitStr::value);
        let snapshot_every = entries.number("snapshot_every").and_then(|number| u32::try_from(number.value).ok());
        Self {
            private: Private::of(entries, cx),
            state: &item.self_ty,
            event_enum: format_ident!("{}Event", plain(&ident), span = ident.span()),
            ident,
            cfgs: cfgs(&item.attrs),
            name,
            id: entries.ty("id").cloned(),
            snapshot_every,
            fold_hash: fold.finish(),
            whens,
        }
    }

    /// The event whose id gives the type of the aggregate's.
    pub(crate) fn first(&self) -> Option<&When<'a>> {
        self.whens.iter().find(|when| when.cfgs.is_empty()).or_else(|| self.whens.first())
    }

    /// What the traits ask of the state, repeated, so that a missing derive is one error and not
    /// one for each mention; `for<'any>` keeps the compiler from looking at once.
    pub(crate) fn bounds(&self) -> TokenStream {
        let Self { private, state, .. } = self;
        quote!(where for<'any> #state: ::core::default::Default + #private::Storable + #private::Shareable)
    }
}

impl<'a> When<'a> {
    fn new(method: &'a ImplItemFn, event: &'a Type) -> Option<Self> {
        let variant = last_segment(event)?.ident.clone();
        Some(Self { method, event: bare(event), variant, text: type_text(event), cfgs: cfgs(&method.attrs) })
    }
}

fn as_method(item: &ImplItem) -> Option<&ImplItemFn> {
    match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    }
}
