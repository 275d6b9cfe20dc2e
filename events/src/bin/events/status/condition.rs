//! `--fail-if`: when monitoring should call somebody.

use std::str::FromStr;
use std::time::Duration;

use crate::text;

/// What conditions are about.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) dead: u64,
    pub(crate) retrying: u64,
    pub(crate) parked: u64,
    pub(crate) paused: u64,
    pub(crate) halted: u64,
    pub(crate) detached: u64,
    pub(crate) processes: u64,
    pub(crate) behind: u64,
    pub(crate) lag: Duration,
    pub(crate) oldest_letter: Duration,
}

/// Conditions, any of which is a failure.
#[derive(Debug, Clone)]
pub(crate) struct Conditions(Vec<Condition>);

#[derive(Debug, Clone)]
struct Condition {
    text: String,
    measure: Measure,
    comparison: Comparison,
    /// A number, or seconds.
    limit: u64,
}

#[derive(Debug, Clone, Copy)]
enum Measure {
    Count(fn(&Measured) -> u64),
    Time(fn(&Measured) -> Duration),
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    More,
    AtLeast,
    Less,
    AtMost,
}

const MEASURES: &[(&str, Measure)] = &[
    ("dead", Measure::Count(|measured| measured.dead)),
    ("retrying", Measure::Count(|measured| measured.retrying)),
    ("parked", Measure::Count(|measured| measured.parked)),
    ("paused", Measure::Count(|measured| measured.paused)),
    ("halted", Measure::Count(|measured| measured.halted)),
    ("detached", Measure::Count(|measured| measured.detached)),
    ("processes", Measure::Count(|measured| measured.processes)),
    ("behind", Measure::Count(|measured| measured.behind)),
    ("lag", Measure::Time(|measured| measured.lag)),
    ("oldest-letter", Measure::Time(|measured| measured.oldest_letter)),
];

/// The longer ones first: one begins as the other does.
const COMPARISONS: &[(&str, Comparison)] =
    &[(">=", Comparison::AtLeast), ("<=", Comparison::AtMost), (">", Comparison::More), ("<", Comparison::Less)];

impl Conditions {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(|condition| condition.trim().parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Those that hold, with what was measured.
    pub(crate) fn met(&self, measured: &Measured) -> Vec<String> {
        self.0.iter().filter_map(|condition| condition.met(measured)).collect()
    }
}

impl Condition {
    fn met(&self, measured: &Measured) -> Option<String> {
        let (value, shown) = match self.measure {
            Measure::Count(count) => (count(measured), count(measured).to_string()),
            Measure::Time(time) => (time(measured).as_secs(), text::short(time(measured))),
        };
        let holds = match self.comparison {
            Comparison::More => value > self.limit,
            Comparison::AtLeast => value >= self.limit,
            Comparison::Less => value < self.limit,
            Comparison::AtMost => value <= self.limit,
        };
        holds.then(|| format!("{}: it is {shown}", self.text))
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = COMPARISONS.iter().find_map(|(sign, comparison)| Some((text.split_once(sign)?, *comparison)));
        let ((name, limit), comparison) =
            found.ok_or_else(|| format!("`{text}` isn't a condition: write it as dead>0 or lag>5m"))?;
        let (name, limit) = (name.trim(), limit.trim());
        let known = MEASURES.iter().find(|(known, _)| *known == name);
        let (_, measure) = known.ok_or_else(|| {
            let names: Vec<_> = MEASURES.iter().map(|(name, _)| *name).collect();
            format!("`{name}` isn't measured; there are: {}", names.join(", "))
        })?;
        let limit = match measure {
            Measure::Count(_) => limit.parse().map_err(|_| format!("`{limit}` isn't a number"))?,
            Measure::Time(_) => text::parse_duration(limit)?.as_secs(),
        };
        Ok(Self { text: text.to_owned(), measure: *measure, comparison, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_say_what_was_measured() {
        let measured = Measured { dead: 4, processes: 1, lag: Duration::from_secs(301), ..Measured::default() };
        let met = |text| Conditions::parse(text).unwrap().met(&measured);
        assert_eq!(met("dead>0, lag>5m"), ["dead>0: it is 4", "lag>5m: it is 5m 1s"]);
        assert_eq!(met("processes<2,processes<=1,dead>=4").len(), 3);
        assert_eq!(met("dead>4,lag>301s,lag>1h,parked>0,retrying>=1,processes<1,oldest-letter>0"), [""; 0]);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for (text, part) in [
            ("", "isn't a condition"),
            ("dead", "isn't a condition"),
            ("dead=0", "isn't a condition"),
            ("ded>0", "there are: dead, retrying"),
            ("dead>x", "`x` isn't a number"),
            ("dead>5m", "`5m` isn't a number"),
            ("lag>soon", "write it as 90s"),
            ("dead>0,", "isn't a condition"),
        ] {
            let error = Conditions::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
