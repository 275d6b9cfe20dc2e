//! `retry(…)`: when a failed handler is called again.

use std::ops::RangeInclusive;

use super::attr::{BESIDE_RETRY, IN_DURABLE};
use super::duration::milliseconds;
use crate::attr::{Entries, Form, Key, Keys};
use crate::ctxt::Ctxt;

/// What `retry(…)` knows.
pub(super) const KEYS: Keys = Keys {
    attribute: "retry(…)",
    known: &[
        Key { name: "attempts", form: Form::Number, example: "attempts = 8" },
        Key { name: "initial_delay", form: Form::Text, example: "initial_delay = \"200ms\"" },
        Key { name: "max_delay", form: Form::Text, example: "max_delay = \"1m\"" },
        Key { name: "factor", form: Form::Decimal, example: "factor = 2.0" },
        Key { name: "jitter", form: Form::Decimal, example: "jitter = 0.2" },
    ],
    refused: &[
        ("delay", "is two: `initial_delay = \"200ms\"` and `max_delay = \"1m\"`"),
        ("name", BESIDE_RETRY),
        ("events", BESIDE_RETRY),
        ("all", BESIDE_RETRY),
        ("priority", BESIDE_RETRY),
        ("timeout", BESIDE_RETRY),
        ("durable", BESIDE_RETRY),
        ("crate", BESIDE_RETRY),
        ("from", IN_DURABLE),
        ("order", IN_DURABLE),
        ("on_exhausted", IN_DURABLE),
        ("partitions", IN_DURABLE),
        ("concurrency", IN_DURABLE),
        ("batch", IN_DURABLE),
        ("version", IN_DURABLE),
        ("renamed_from", IN_DURABLE),
    ],
};

/// What is said about a handler's retries; as `RetryPolicy::default()` has it where nothing is.
#[derive(Clone)]
pub(crate) struct Retry {
    /// How many attempts there are in all.
    pub(crate) attempts: u32,
    /// The delay before the second attempt, in milliseconds.
    pub(crate) initial_delay: Option<u64>,
    /// The longest delay, in milliseconds.
    pub(crate) max_delay: Option<u64>,
    /// By how much each delay is longer than the one before.
    pub(crate) factor: Option<f64>,
    /// The largest share of a delay that chance may add.
    pub(crate) jitter: Option<f64>,
}

// Those of `RetryPolicy::default()`; a test holds them equal.
const ATTEMPTS: u32 = 8;
const INITIAL_DELAY: u64 = 200;
const MAX_DELAY: u64 = 60_000;

const SAYS_NOTHING: &str = "`retry` says when a failed handler is called again: `retry(attempts = 8, initial_delay = \"200ms\", max_delay = \"1m\", factor = 2.0, jitter = 0.2)`, or some of these; without it, the dispatcher's `.retry(…)` counts";
const FACTOR: &str = "`factor` is at least 1, because no delay is shorter than the one before";
const JITTER: &str = "`jitter` is a share between 0 and 1: 0.2 makes a delay longer by up to a fifth";

impl Retry {
    /// Reads `retry(…)`, if it is there.
    pub(crate) fn read(options: &Entries, cx: &mut Ctxt) -> Option<Self> {
        let entries = options.group("retry")?;
        if KEYS.known.iter().all(|key| entries.lacks(key.name)) {
            cx.error(options.key("retry"), SAYS_NOTHING);
        }
        let retry = Self {
            attempts: attempts(entries, cx),
            initial_delay: entries.text("initial_delay").and_then(|text| milliseconds(text, cx)),
            max_delay: entries.text("max_delay").and_then(|text| milliseconds(text, cx)),
            factor: within(entries, "factor", 1.0..=f64::MAX, FACTOR, cx),
            jitter: within(entries, "jitter", 0.0..=1.0, JITTER, cx),
        };
        retry.check_delays(entries, cx);
        Some(retry)
    }

    /// A first delay beyond the longest would be cut without a word.
    fn check_delays(&self, entries: &Entries, cx: &mut Ctxt) {
        let (initial, max) = (entries.key("initial_delay"), entries.key("max_delay"));
        let are_read = initial.is_some() == self.initial_delay.is_some() && max.is_some() == self.max_delay.is_some();
        if !are_read || self.initial_delay.unwrap_or(INITIAL_DELAY) <= self.max_delay.unwrap_or(MAX_DELAY) {
            return;
        }
        let (key, mistake) = match (initial, max) {
            (Some(_), Some(_)) => {
                ("max_delay", "this is shorter than `initial_delay`, which is the first of the delays")
            }
            (None, _) => (
                "max_delay",
                "this is shorter than the first delay, which is \"200ms\" unless `initial_delay` says otherwise",
            ),
            (_, None) => (
                "initial_delay",
                "this is longer than the longest delay, which is \"1m\" unless `max_delay` says otherwise",
            ),
        };
        cx.error(entries.text(key), mistake);
    }
}

fn attempts(entries: &Entries, cx: &mut Ctxt) -> u32 {
    let Some(number) = entries.number("attempts") else { return ATTEMPTS };
    match u32::try_from(number.value) {
        Ok(0) => cx.error(&number.tokens, "the first attempt counts too: `attempts = 1` never tries again"),
        Ok(attempts) => return attempts,
        Err(_) => cx.error(&number.tokens, format_args!("`attempts` is a number between 1 and {}", u32::MAX)),
    }
    ATTEMPTS
}

fn within(entries: &Entries, key: &str, range: RangeInclusive<f64>, mistake: &str, cx: &mut Ctxt) -> Option<f64> {
    let number = entries.decimal(key)?;
    if !range.contains(&number.value) {
        cx.error(&number.tokens, mistake);
    }
    Some(number.value)
}
