//! The identities of the nutrition domain: one type per noun, so that a meal's id can't stand where a
//! user's belongs.
//!
//! Each is a newtype over a [`Uuid`] and looks like one everywhere: in JSON, in `Display`, in the
//! database. The crate doesn't choose how they are made: take a fresh `Uuid::now_v7()` for what a
//! person creates, and a `Uuid::new_v5` of the source's own key for what is imported, so that the
//! same line of a file is the same meal tomorrow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AggregateId, EventShape, StreamKey};

/// A text that was meant to be an id and isn't a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refused:?} is no {kind} id")]
pub struct ParseIdError {
    kind: &'static str,
    refused: String,
    source: uuid::Error,
}

impl ParseIdError {
    /// The noun whose id was wanted, as in `"user"`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The text that was refused.
    pub fn refused(&self) -> &str {
        &self.refused
    }
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID inside.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AggregateId for $name {
            fn stream_key(&self) -> StreamKey {
                self.0.stream_key()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::parse_str(text).map(Self).map_err(|source| ParseIdError {
                    kind: $kind,
                    refused: text.to_owned(),
                    source,
                })
            }
        }
    )+};
}

uuid_ids! {
    /// A person with an account: the identity of `user`, `meal_planner`, `food_diary`,
    /// `health_profile` and `coaching`.
    ///
    /// # Examples
    ///
    /// ```
    /// use events::nutrition::UserId;
    ///
    /// let id: UserId = "3f2a4c1e-9a55-5d0e-8d6f-0a4b5f6d7c21".parse()?;
    /// assert_eq!(id.to_string(), "3f2a4c1e-9a55-5d0e-8d6f-0a4b5f6d7c21");
    /// assert_eq!(serde_json::to_string(&id)?, "\"3f2a4c1e-9a55-5d0e-8d6f-0a4b5f6d7c21\"");
    /// assert_eq!("ada".parse::<UserId>().unwrap_err().to_string(), "\"ada\" is no user id");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    UserId = "user";
    /// A plan of meals for one week.
    PlanId = "plan";
    /// One meal in a food diary.
    MealId = "meal";
    /// What a user pays for: the identity of `subscription`.
    SubscriptionId = "subscription";
    /// One payment for a subscription, under the payment provider's identity.
    PaymentId = "payment";
    /// One session with a coach.
    SessionId = "session";
    /// One weekly report.
    ReportId = "report";
}
