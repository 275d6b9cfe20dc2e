//! Numbers: the version in a stream, the position in the log, the version of a schema.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Wraps a number.
            #[must_use]
            pub const fn new(number: $inner) -> Self {
                Self(number)
            }

            /// The number itself.
            #[must_use]
            pub const fn value(self) -> $inner {
                self.0
            }

            /// The number that follows; the largest one stays as it is.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number! {
    /// The place of an event in its stream: 1, 2, 3, … without holes. Zero is a stream without events.
    ///
    /// ```
    /// use events::Version;
    ///
    /// assert_eq!(Version::ZERO.next(), Version::new(1));
    /// ```
    Version(u64)
}

number! {
    /// The place of an event in the log of the whole store. Positions grow; they may have holes.
    ///
    /// ```
    /// use events::Position;
    ///
    /// assert!(Position::START < Position::new(1));
    /// ```
    Position(u64)
}

number! {
    /// The version of an event's schema: 1 unless `#[event(version = …)]` says otherwise.
    ///
    /// ```
    /// use events::SchemaVersion;
    ///
    /// assert_eq!(SchemaVersion::new(2).to_string(), "2");
    /// ```
    SchemaVersion(u32)
}

impl Version {
    /// The version of a stream without events.
    pub const ZERO: Self = Self(0);
}

impl Position {
    /// Before the first event of the log.
    pub const START: Self = Self(0);
}
