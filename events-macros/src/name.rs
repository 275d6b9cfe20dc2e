//! Names that end up in a store: what they are made of, and how they come from identifiers.

use proc_macro2::Ident;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::ctxt::Ctxt;

const LONGEST: usize = 128;

/// What a name names, which decides about the characters it may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// An event.
    Event,
    /// An aggregate.
    Aggregate,
    /// A handler, whose name is often that of a Rust item.
    Handler,
}

impl Named {
    fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Aggregate => "aggregate",
            Self::Handler => "handler",
        }
    }

    fn allows(self, character: char) -> bool {
        match character {
            'a'..='z' | '0'..='9' | '_' | '.' | '-' => true,
            'A'..='Z' => self == Self::Handler,
            _ => false,
        }
    }

    fn alphabet(self) -> &'static str {
        match self {
            Self::Handler => "ASCII letters, digits, `_`, `.` and `-`",
            Self::Event | Self::Aggregate => "lower-case ASCII letters, digits, `_`, `.` and `-`",
        }
    }
}

/// Reports what is wrong with a name that the user has written.
pub(crate) fn check(named: Named, name: &LitStr, cx: &mut Ctxt) {
    if let Some(mistake) = mistake(named, &name.value()) {
        cx.error(name, mistake);
    }
}

/// Reports what is wrong with a name that comes from an identifier.
pub(crate) fn check_derived(named: Named, ident: &Ident, name: &str, cx: &mut Ctxt) {
    if let Some(mistake) = mistake(named, name) {
        cx.error(ident, format_args!("{mistake}; give it another with `name = \"…\"`"));
    }
}

fn mistake(named: Named, name: &str) -> Option<String> {
    let word = named.word();
    if name.is_empty() {
        return Some(format!("the name of an {word} can't be empty").replace("an handler", "a handler"));
    }
    if name.len() > LONGEST {
        let article = if named == Named::Handler { "a" } else { "an" };
        return Some(format!(
            "the name of {article} {word} has at most {LONGEST} characters; this one has {}",
            name.chars().count()
        ));
    }
    let wrong = name.chars().find(|character| !named.allows(*character))?;
    let article = if named == Named::Handler { "a" } else { "an" };
    let hint = hint(named, name);
    Some(format!("{wrong:?} can't be in the name of {article} {word}: it consists of {}{hint}", named.alphabet()))
}

/// The name they may have meant.
fn hint(named: Named, name: &str) -> String {
    let meant = snake_case(&name.replace([' ', '/', ':'], "_"));
    if name.is_ascii() && !meant.is_empty() && meant.chars().all(|character| named.allows(character)) {
        format!("; for example `{meant}`")
    } else {
        String::new()
    }
}

/// An identifier without its `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// `UserRegistered` as `user_registered`, `HTTPServerStarted` as `http_server_started`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let mut characters = name.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(character) = characters.next() {
        let begins_word = match before {
            None | Some('_' | '.' | '-') => false,
            Some(before) if !before.is_uppercase() => character.is_uppercase(),
            Some(_) => character.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase()),
        };
        if begins_word {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
        before = Some(character);
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found() {
        for (name, snake) in [
            ("UserRegistered", "user_registered"),
            ("HTTPServerStarted", "http_server_started"),
            ("MealLoggedV1", "meal_logged_v1"),
            ("Already_Snake", "already_snake"),
            ("ID", "id"),
            ("x", "x"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }

    #[test]
    fn names_are_refused_with_the_reason() {
        assert_eq!(mistake(Named::Event, "user_registered"), None);
        assert_eq!(mistake(Named::Handler, "Auditor.paid"), None);
        let said = mistake(Named::Event, "UserRegistered").unwrap();
        assert!(said.contains("'U'") && said.contains("`user_registered`"), "{said}");
        assert!(mistake(Named::Aggregate, "").unwrap().contains("empty"));
        assert!(mistake(Named::Event, &"a".repeat(129)).unwrap().contains("129"));
        assert!(!mistake(Named::Event, "größe").unwrap().contains("for example"));
    }
}
