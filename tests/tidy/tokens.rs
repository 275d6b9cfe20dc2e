//! Rust sources as flat lists of tokens, for what can hide inside of macros.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::File;

/// A token, or one side of a group, with its line.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// All tokens of a file; none of one that isn't Rust.
pub(crate) fn of_file(file: &File) -> Vec<Token> {
    match file.syntax {
        Some(_) => file.text.parse().map(flatten).unwrap_or_default(),
        None => Vec::new(),
    }
}

/// All tokens of a stream, groups opened up.
pub(crate) fn flatten(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    push(stream, &mut tokens);
    tokens
}

fn push(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let TokenTree::Group(group) = tree else {
            tokens.push(Token { text: tree.to_string(), line });
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        tokens.push(Token { text: open.to_owned(), line });
        push(group.stream(), tokens);
        tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
    }
}

/// The lines on which a sequence of tokens begins.
pub(crate) fn lines_of<'t>(tokens: &'t [Token], sequence: &'t [&str]) -> impl Iterator<Item = usize> + 't {
    let fits = move |window: &&[Token]| window.iter().zip(sequence).all(|(token, text)| token.text == *text);
    tokens.windows(sequence.len()).filter(fits).filter_map(|window| window.first()).map(|token| token.line)
}

#[test]
fn sequences_are_found_inside_of_macros() {
    let file = File::new("a.rs", "fn f() {\n    select! { _ = wait() => todo!(),\n    }\n}\n").unwrap();
    let tokens = of_file(&file);
    assert_eq!(lines_of(&tokens, &["todo", "!"]).collect::<Vec<_>>(), [2]);
    assert_eq!(lines_of(&tokens, &["!", "todo"]).count(), 0);
}
