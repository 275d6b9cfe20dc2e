//! The lines of an event in the file: a fact each, as [`Shape`](crate::event::Shape) prints them.

use crate::event::shape::Fact;

impl Fact {
    /// The part that it is another name of.
    pub(super) fn alias_of(&self) -> Option<&str> {
        self.what.strip_prefix(Self::ALIAS)
    }

    /// Reads what `Display` writes.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (path, what) = line.split_at(path_end(line)?);
        let (what, optional) = what.strip_prefix('?').map_or((what, false), |what| (what, true));
        let what = what.strip_prefix(": ")?;
        Some(Self { path: path.to_owned(), optional, what: what.to_owned() })
    }
}

/// Where the path ends: at the first `:` or `?` outside of quotes.
fn path_end(line: &str) -> Option<usize> {
    outside_of_quotes(line).find(|(_, character)| matches!(character, ':' | '?')).map(|(at, _)| at).filter(|at| *at > 0)
}

/// The path of what the part is in; empty for a field of the event itself.
pub(super) fn parent_of(path: &str) -> &str {
    let ends = outside_of_quotes(path).filter(|(_, character)| matches!(character, '.' | '[' | '{' | '='));
    ends.last().and_then(|(at, _)| path.get(..at)).unwrap_or_default()
}

fn outside_of_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, character)| {
        let was_quoted = quoted;
        match character {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && *character == '\\' && !escaped;
        !was_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_as_it_was_written() {
        for line in ["a: u8", "a?: text or null", "\"a: b\".\"c\\\"?\"[]: list", "a=b{key}?: opaque Money<T: X>"] {
            assert_eq!(Fact::parse(line).unwrap().to_string(), line);
        }
        for line in ["", "a", ": u8", "a:u8", "\"a: b"] {
            assert_eq!(Fact::parse(line), None, "{line}");
        }
    }

    #[test]
    fn a_part_is_in_another() {
        for (path, parent) in [
            ("a", ""),
            ("a.b", "a"),
            ("a[]", "a"),
            ("a{key}", "a"),
            ("a[].c=d", "a[].c"),
            ("a.\"b.c\"", "a"),
            (".[]", "."),
        ] {
            assert_eq!(parent_of(path), parent, "{path}");
        }
    }
}
