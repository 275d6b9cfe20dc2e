//! Where generated code finds the framework.

use quote::quote;
use syn::{LitStr, Path, parse_quote};

use crate::attr::Entries;
use crate::ctxt::Ctxt;

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

impl quote::ToTokens for Private {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        let path = &self.0;
        tokens.extend(quote!(#path));
    }
}

fn parse(text: &LitStr, cx: &mut Ctxt) -> Option<Path> {
    let path = text.parse_with(Path::parse_mod_style);
    if path.is_err() {
        cx.error(text, "`crate` takes the path of the framework, such as `crate = \"happenings\"`");
    }
    path.ok()
}
