//! Small work on tokens: types as text, types made nameable elsewhere, a hash of code.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, FnArg, GenericArgument, ImplItem, Item, PathArguments, Signature, Type, TypeReference};

/// The attributes that decide whether an item exists; what is generated for it carries them too.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
}

/// The first condition on an argument. Generated calls have all arguments or none of the function.
pub(crate) fn conditional_argument(signature: &Signature) -> Option<&Attribute> {
    signature.inputs.iter().find_map(|argument| {
        let attributes = match argument {
            FnArg::Typed(argument) => &argument.attrs,
            FnArg::Receiver(receiver) => &receiver.attrs,
        };
        attributes.iter().find(|attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr"))
    })
}

/// The attributes of something in an impl block.
pub(crate) fn attributes_of(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// The name of an item, where it has one: the shortest place for an error about all of it.
pub(crate) fn name_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Mod(item) => Some(&item.ident),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

/// A type without the invisible groups and the parentheses around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// The last segment of a type's path: `Envelope` of `events::Envelope<T>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Whether it is `Tx<&mut C>`; another type of the same name looks otherwise.
pub(crate) fn is_transaction(ty: &Type) -> bool {
    let Some(segment) = last_segment(ty).filter(|segment| segment.ident == "Tx") else { return false };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
    let is_exclusive = |argument: &GenericArgument| matches!(argument, GenericArgument::Type(Type::Reference(reference)) if reference.mutability.is_some());
    arguments.args.iter().any(is_exclusive)
}

/// The first reference among what a type holds, which nobody but its owner could read back.
pub(crate) fn reference_in(ty: &Type) -> Option<&TypeReference> {
    match bare(ty) {
        Type::Reference(reference) => Some(reference),
        Type::Array(array) => reference_in(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(reference_in),
        Type::Path(path) => {
            let segment = path.path.segments.last().filter(|segment| segment.ident != "PhantomData")?;
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => reference_in(ty),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Makes a type that is written in a function's signature nameable in the body of another item:
/// `Self` becomes the type, the function's own lifetimes become `'_`.
pub(crate) fn transplant(tokens: TokenStream, self_type: Option<&Type>, lifetimes: &[Ident]) -> TokenStream {
    let mut result = TokenStream::new();
    let mut after_quote = false;
    for token in tokens {
        let quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match (token, self_type) {
            (TokenTree::Group(group), _) => {
                let inner = transplant(group.stream(), self_type, lifetimes);
                let mut moved = Group::new(group.delimiter(), inner);
                moved.set_span(group.span());
                result.extend([TokenTree::Group(moved)]);
            }
            (TokenTree::Ident(ident), _) if after_quote && lifetimes.contains(&ident) => {
                result.extend([TokenTree::Ident(Ident::new("_", ident.span()))]);
            }
            (TokenTree::Ident(ident), Some(self_type)) if !after_quote && ident == "Self" => {
                self_type.to_tokens(&mut result);
            }
            (token, _) => result.extend([token]),
        }
        after_quote = quote;
    }
    result
}

/// A type as people write it: `Option<Vec<u8>>`, `&'static str`.
pub(crate) fn type_text(ty: &Type) -> String {
    let mut text = String::new();
    write_tokens(bare(ty).to_token_stream(), &mut text);
    text
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => write_group(&group, text),
            TokenTree::Punct(punct) => match punct.as_char() {
                character @ (',' | ';') => text.extend([character, ' ']),
                character @ ('+' | '=') => text.extend([' ', character, ' ']),
                '-' => text.push_str(" -"),
                // The second half of an arrow, or the end of a list.
                '>' if text.ends_with('-') => text.push_str("> "),
                '\'' if text.ends_with(char::is_alphanumeric) => text.push_str(" '"),
                character => text.push(character),
            },
            word => {
                if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

fn write_group(group: &Group, text: &mut String) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::None => ("", ""),
    };
    text.push_str(open);
    write_tokens(group.stream(), text);
    text.push_str(close);
}

/// FNV-1a over code: white space and comments don't count, every token does.
pub(crate) struct CodeHash(u64);

impl CodeHash {
    /// Of no code.
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds code.
    pub(crate) fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    self.text(match group.delimiter() {
                        Delimiter::Parenthesis => "(",
                        Delimiter::Bracket => "[",
                        Delimiter::Brace => "{",
                        Delimiter::None => "",
                    });
                    self.tokens(group.stream());
                    self.text("end");
                }
                other => self.text(&other.to_string()),
            }
        }
    }

    /// Adds a text and its end, so that `a b` isn't `ab`.
    pub(crate) fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// The hash of all that was added.
    pub(crate) fn finish(&self) -> u64 {
        self.0
    }
}

/// A user's place in the source for generated code, in which no lint looks for what the user could
/// have written otherwise.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The line of a token as an expression, which the compiler fills in.
pub(crate) fn line_at(span: Span) -> TokenStream {
    quote::quote_spanned!(span=> ::core::line!())
}

/// The line of a token in its file; 0 outside of a macro's expansion.
pub(crate) fn line(span: Span) -> usize {
    if proc_macro::is_available() { span.unwrap().line() } else { 0 }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn types_read_as_they_are_written() {
        for text in [
            "Option<Vec<u8>>",
            "&'static str",
            "(u8, [i64; 3])",
            "Box<dyn Fn(u8) -> bool + Send>",
            "chrono::DateTime<chrono::Utc>",
        ] {
            assert_eq!(type_text(&syn::parse_str(text).unwrap()), text);
        }
    }

    #[test]
    fn references_are_found_where_they_hold_data() {
        let found =
            |text: &str| reference_in(&syn::parse_str(text).unwrap()).map(|it| it.to_token_stream().to_string());
        assert_eq!(found("&'static str").unwrap(), "& 'static str");
        assert_eq!(found("(u8, Option<[&str; 2]>)").unwrap(), "& str");
        for owned in ["String", "Cow<'static, str>", "PhantomData<&'static str>", "Vec<(u8, fn(&str))>"] {
            assert_eq!(found(owned), None, "{owned}");
        }
    }

    #[test]
    fn a_type_is_transplanted() {
        let own: Type = parse_quote!(Auditor);
        let a = Ident::new("a", Span::call_site());
        let moved = transplant(quote!(State<&'a (Self, &'static a)>), Some(&own), &[a]);
        assert_eq!(moved.to_string(), quote!(State<&'_ (Auditor, &'static a)>).to_string());
    }

    #[test]
    fn only_code_counts_in_the_hash() {
        let hash = |tokens: TokenStream| {
            let mut hash = CodeHash::new();
            hash.tokens(tokens);
            hash.finish()
        };
        let parse = |text: &str| text.parse::<TokenStream>().unwrap();
        assert_eq!(hash(parse("a + b // c")), hash(parse("a+b")));
        assert_ne!(hash(parse("(a) b")), hash(parse("(a b)")));
        assert_ne!(hash(parse("a b")), hash(parse("ab")));
    }
}
