//! Where generated code finds the framework.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{LitStr, Path, parse_quote};

use crate::attr::Entries;
use crate::ctxt::Ctxt;
use crate::tokens::generated_at;

/// What generated code may name, imported once for each item: a path that leads nowhere is one
/// error then, and the rest of the code is short.
#[derive(Clone)]
pub(crate) struct Private(Path);

impl Private {
    /// As the attribute says: below `::events`, or below `crate = "…"`.
    pub(crate) fn of(entries: &Entries, cx: &mut Ctxt) -> Self {
        Self(entries.text("crate").and_then(|text| parse(text, cx)).unwrap_or_else(|| parse_quote!(::events)))
    }

    /// The import, which stands first in the generated block.
    pub(crate) fn import(&self) -> TokenStream {
        let Self(root) = self;
        quote!(use #root::__private as #self;)
    }

    /// The imported name at another place, for errors about what stands there.
    pub(crate) fn at(&self, span: Span) -> Ident {
        Ident::new("__events", generated_at(span))
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.at(Span::call_site()).to_tokens(tokens);
    }
}

fn parse(text: &LitStr, cx: &mut Ctxt) -> Option<Path> {
    let path = text.parse_with(Path::parse_mod_style);
    if path.is_err() {
        cx.error(text, "`crate` takes the path of the framework, such as `crate = \"happenings\"`");
    }
    path.ok()
}
