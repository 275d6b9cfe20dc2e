use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::EventShape;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextProblem {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// More characters than allowed.
    #[error("it has more than {max} characters")]
    TooLong {
        /// How many are allowed.
        max: usize,
    },
    /// A control character other than a line break or a tab.
    #[error("it has a control character")]
    ControlCharacter,
}

/// A text that was refused; neither `Display` nor `Debug` shows it, for it may be personal.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} was refused: {problem}")]
pub struct TextError {
    what: &'static str,
    problem: TextProblem,
    refused: String,
}

impl TextError {
    /// What is wrong with it.
    pub fn problem(&self) -> TextProblem {
        self.problem
    }

    /// The text that was refused, as it came.
    pub fn refused(&self) -> &str {
        &self.refused
    }
}

impl fmt::Debug for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, problem, refused: _ } = self;
        f.debug_struct("TextError").field("what", what).field("problem", problem).finish_non_exhaustive()
    }
}

fn bounded(what: &'static str, text: String, max: usize) -> Result<String, TextError> {
    let trimmed = text.trim();
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
    let problem = if trimmed.is_empty() {
        TextProblem::Empty
    } else if trimmed.chars().count() > max {
        TextProblem::TooLong { max }
    } else if trimmed.contains(is_control) {
        TextProblem::ControlCharacter
    } else {
        return Ok(trimmed.to_owned());
    };
    Err(TextError { what, problem, refused: text })
}

macro_rules! bounded_texts {
    ($($(#[$doc:meta])* $name:ident = $what:literal, at most $max:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX_CHARS: usize = $max;

            /// Takes a text; white space around it is dropped.
            ///
            /// # Errors
            ///
            /// [`TextError`] with the refused text, if it is empty, longer than
            /// [`MAX_CHARS`](Self::MAX_CHARS), or has control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
                bounded($what, text.into(), Self::MAX_CHARS).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} characters)"), self.0.chars().count())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )+};
}

bounded_texts! {
    /// What a coach wrote, at most 500 characters; `Debug` shows only how many there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use events::nutrition::{InsightText, TextProblem};
    ///
    /// let text = InsightText::new(" eat before you shop ")?;
    /// assert_eq!(text.as_str(), "eat before you shop");
    /// assert_eq!(InsightText::new("  ").unwrap_err().problem(), TextProblem::Empty);
    /// # Ok::<(), events::nutrition::TextError>(())
    /// ```
    InsightText = "an insight's text", at most 500;
    /// What was eaten, in the person's own words, at most 200 characters; `Debug` shows only how many
    /// there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use events::nutrition::MealDescription;
    ///
    /// let lunch: MealDescription = "lentils 250 g + rye bread 60 g".parse()?;
    /// assert_eq!(lunch.to_string(), "lentils 250 g + rye bread 60 g");
    /// assert!(MealDescription::new("soup ".repeat(50)).is_err());
    /// # Ok::<(), events::nutrition::TextError>(())
    /// ```
    MealDescription = "a meal's description", at most 200;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(InsightText::new("ä".repeat(500)).is_ok());
        let error = InsightText::new("ä".repeat(501)).unwrap_err();
        assert_eq!(error.problem(), TextProblem::TooLong { max: 500 });
        assert_eq!(error.refused().chars().count(), 501);
    }

    #[test]
    fn control_characters_are_refused_and_line_breaks_are_not() {
        assert!(InsightText::new("first\nsecond\tthird").is_ok());
        for text in ["nul \0 inside", "escape \u{1b}[31m inside"] {
            assert_eq!(InsightText::new(text).unwrap_err().problem(), TextProblem::ControlCharacter);
        }
        assert!(serde_json::from_str::<MealDescription>("\"\"").is_err());
    }

    #[test]
    fn debug_shows_no_text() {
        assert_eq!(format!("{:?}", InsightText::new("private").unwrap()), "InsightText(7 characters)");
        let error = MealDescription::new("private\u{7}words").unwrap_err();
        assert!(!format!("{error:?} {error}").contains("private"));
    }
}
