use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::EventShape;

/// A name that is none of the sources known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refused:?} is no known health source")]
pub struct UnknownHealthSource {
    refused: String,
}

impl UnknownHealthSource {
    /// The text that was refused.
    pub fn refused(&self) -> &str {
        &self.refused
    }
}

macro_rules! sources {
    ($($variant:ident $name:literal $doc:literal;)+) => {
        /// Where a health reading comes from: a platform, a maker's service, or the person.
        ///
        /// Two sources may measure the same thing at the same time; both readings are kept. In JSON
        /// and in `Display` it is a name in snake case.
        ///
        /// # Examples
        ///
        /// ```
        /// use events::nutrition::HealthSource;
        ///
        /// assert_eq!("apple_health".parse(), Ok(HealthSource::AppleHealth));
        /// assert_eq!(HealthSource::Manual.to_string(), "manual");
        /// assert_eq!("tea leaves".parse::<HealthSource>().unwrap_err().refused(), "tea leaves");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
        #[serde(try_from = "String", into = "String")]
        #[non_exhaustive]
        pub enum HealthSource {
            $(#[doc = $doc] $variant,)+
        }

        impl HealthSource {
            /// Every source known here.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in snake case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl FromStr for HealthSource {
            type Err = UnknownHealthSource;

            fn from_str(name: &str) -> Result<Self, UnknownHealthSource> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(UnknownHealthSource { refused: name.to_owned() }),
                }
            }
        }
    };
}

sources! {
    AppleHealth "apple_health" "Apple Health.";
    HealthConnect "health_connect" "Health Connect on Android.";
    Fitbit "fitbit" "Fitbit.";
    Garmin "garmin" "Garmin Connect.";
    Oura "oura" "Oura.";
    Polar "polar" "Polar Flow.";
    Withings "withings" "Withings.";
    Manual "manual" "Typed in by the person.";
}

impl fmt::Display for HealthSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl TryFrom<String> for HealthSource {
    type Error = UnknownHealthSource;

    fn try_from(name: String) -> Result<Self, UnknownHealthSource> {
        name.parse()
    }
}

impl From<HealthSource> for String {
    fn from(source: HealthSource) -> Self {
        source.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_reads_back_from_text_and_json() {
        for source in HealthSource::ALL {
            assert_eq!(source.name().parse(), Ok(*source));
            let json = serde_json::to_string(source).unwrap();
            assert_eq!(serde_json::from_str::<HealthSource>(&json).unwrap(), *source);
        }
        assert!(serde_json::from_str::<HealthSource>("\"crystal_ball\"").is_err());
    }
}
