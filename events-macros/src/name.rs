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
    fn what(self) -> &'static str {
        match self {
            Self::Event => "an event",
            Self::Aggregate => "an aggregate",
            Self::Handler => "a handler",
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

/// The name of a method that is a handler. What is wrong with the type's part has been reported.
pub(crate) fn of_method(type_name: &str, ident: &Ident, cx: &mut Ctxt) -> String {
    let own = plain(ident);
    let name = format!("{type_name}.{own}");
    let is_new = mistake(Named::Handler, type_name).is_none();
    check_derived(Named::Handler, ident, if is_new { &name } else { &own }, cx);
    name
}

/// Reports what is wrong with a name that comes from an identifier.
pub(crate) fn check_derived(named: Named, ident: &Ident, name: &str, cx: &mut Ctxt) {
    if let Some(mistake) = mistake(named, name) {
        cx.error(ident, format_args!("{mistake}; give it another with `name = \"…\"`"));
    }
}

fn mistake(named: Named, name: &str) -> Option<String> {
    let what = named.what();
    if name.is_empty() {
        return Some(format!("the name of {what} can't be empty"));
    }
    if let Some(wrong) = name.chars().find(|character| !named.allows(*character)) {
        let hint = hint(named, name);
        return Some(format!("{wrong:?} can't be in the name of {what}: it consists of {}{hint}", named.alphabet()));
    }
    let length = name.len();
    (length > LONGEST).then(|| format!("the name of {what} has at most {LONGEST} characters; this one has {length}"))
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
