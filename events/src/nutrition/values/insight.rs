use std::fmt;

use serde::{Deserialize, Serialize};

use super::{InsightText, TextError};
use crate::EventShape;

/// What an insight is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InsightTopic {
    /// What is eaten, and how much.
    Nutrition,
    /// What is drunk.
    Hydration,
    /// Moving.
    Activity,
    /// Sleeping.
    Sleep,
    /// Routines, triggers, shopping.
    Habits,
    /// Why to go on.
    Motivation,
}

/// What somebody took away from a coaching session: a topic and a sentence or two.
///
/// # Examples
///
/// ```
/// use events::nutrition::{Insight, InsightTopic};
///
/// let insight = Insight::new(InsightTopic::Habits, "Dinner before eight keeps the snacks away.")?;
/// assert_eq!(insight.to_string(), "habits: Dinner before eight keeps the snacks away.");
/// assert!(Insight::new(InsightTopic::Sleep, "z".repeat(501)).is_err());
/// # Ok::<(), events::nutrition::TextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EventShape)]
pub struct Insight {
    topic: InsightTopic,
    text: InsightText,
}

impl Insight {
    /// Takes a topic and a text.
    ///
    /// # Errors
    ///
    /// [`TextError`], as [`InsightText::new`] refuses it.
    pub fn new(topic: InsightTopic, text: impl Into<String>) -> Result<Self, TextError> {
        Ok(Self { topic, text: InsightText::new(text)? })
    }

    /// What it is about.
    pub fn topic(&self) -> InsightTopic {
        self.topic
    }

    /// What was said.
    pub fn text(&self) -> &InsightText {
        &self.text
    }
}

impl fmt::Display for InsightTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nutrition => "nutrition",
            Self::Hydration => "hydration",
            Self::Activity => "activity",
            Self::Sleep => "sleep",
            Self::Habits => "habits",
            Self::Motivation => "motivation",
        })
    }
}

impl fmt::Display for Insight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.topic, self.text)
    }
}
