//! What makes no sense, each at the user's own token.

use syn::{Data, DeriveInput};

use super::attr::fields;
use crate::ctxt::Ctxt;
use crate::tokens::{cfgs, is_transaction};

/// Reports every mistake.
pub(crate) fn check(input: &DeriveInput, cx: &mut Ctxt) {
    match &input.data {
        Data::Enum(data) => cx.error(
            data.enum_token,
            "an extractor that is derived is a struct: each of its fields is made; to choose between variants, write `impl FromContext`",
        ),
        Data::Union(data) => cx.error(data.union_token, "an extractor that is derived is a struct, not a union"),
        Data::Struct(_) => {}
    }
    for second in input.generics.lifetimes().skip(1) {
        cx.error(second, "all fields are lent for one call: write one lifetime, that of the call");
    }
    for second in fields(&input.data).iter().filter(|field| is_transaction(&field.ty)).skip(1) {
        if cfgs(&second.attrs).is_empty() {
            cx.error(&second.ty, "there is one transaction, and it is lent once: take one `Tx`");
        }
    }
}
