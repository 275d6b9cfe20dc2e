//! What serde's attributes say about the stored form. Mistakes in them are serde's to report.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

use crate::attr::text;

/// The entries of all `#[serde(…)]` of an item.
pub(super) struct Serde(Vec<Meta>);

impl Serde {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let attributes = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
        Self(attributes.flat_map(|attribute| entries(&attribute.meta)).collect())
    }

    /// Whether the key is there, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|entry| entry.path().is_ident(key))
    }

    /// The text of a key; where writing and reading differ, the one for reading.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.texts(key).next()
    }

    /// The texts of a key that may be given several times.
    pub(super) fn texts<'s>(&'s self, key: &'s str) -> impl Iterator<Item = String> + 's {
        self.0.iter().filter(move |entry| entry.path().is_ident(key)).flat_map(for_reading)
    }

    /// The first key that is none of these.
    pub(super) fn other_than(&self, known: &[&str]) -> Option<String> {
        let is_known = |entry: &&Meta| known.iter().any(|key| entry.path().is_ident(key));
        let other = self.0.iter().find(|entry| !is_known(entry))?.path();
        Some(other.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::"))
    }
}

fn entries(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else { return Vec::new() };
    let entries = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    // What can't be read is refused by serde itself.
    entries.map(|entries| entries.into_iter().collect()).unwrap_or_default()
}

/// `= "…"`, or those of `(serialize = "…", deserialize = "…")` that are for reading.
fn for_reading(entry: &Meta) -> Vec<String> {
    match entry {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => vec![text.value()],
            other => text(other).map(|text| text.value()).into_iter().collect(),
        },
        list @ Meta::List(_) => {
            let for_reading = entries(list).into_iter().filter(|entry| entry.path().is_ident("deserialize"));
            for_reading.flat_map(|entry| self::for_reading(&entry)).collect()
        }
        Meta::Path(_) => Vec::new(),
    }
}
