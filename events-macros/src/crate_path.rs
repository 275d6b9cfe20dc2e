//! Where generated code finds the framework.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{LitStr, Path, parse_quote};

use crate::attr::Entries;
use crate::ctxt::Ctxt;
use crate::tokens::respan;

/// The path of what generated code may name: `::events::__private`, or below `crate = "…"`.
#[derive(Clone)]
pub(crate) struct Private(Path);

impl Private {
    /// As the attribute says.
    pub(crate) fn of(entries: &Entries, cx: &mut Ctxt) -> Self {
        let root = entries.text("crate").and_then(|text| parse(text, cx));
        let root = root.unwrap_or_else(|| parse_quote!(::events));
        Self(parse_quote!(#root::__private))
    }
}

impl Private {
    /// The same path with all its tokens at one place, for errors about what stands there.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        respan(self.to_token_stream(), span)
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

fn parse(text: &LitStr, cx: &mut Ctxt) -> Option<Path> {
    let path = text.parse_with(Path::parse_mod_style);
    if path.is_err() {
        cx.error(text, "`crate` takes the path of the framework, such as `crate = \"happenings\"`");
    }
    path.ok()
}
