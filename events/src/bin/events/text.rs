//! Times and the like, as short as people read them.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use events::event::Payload;
use serde_json::value::RawValue;

/// What stands where there is nothing.
pub(crate) const NONE: &str = "-";

/// A point in time: `2026-11-23 19:24:23`, in UTC.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same with all that is known of it.
pub(crate) fn exact(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// How long ago.
pub(crate) fn ago(time: DateTime<Utc>) -> String {
    short((Utc::now() - time).to_std().unwrap_or_default())
}

/// In how long; `now` for what is due.
pub(crate) fn until(time: DateTime<Utc>) -> String {
    match (time - Utc::now()).to_std() {
        Ok(left) if left.as_secs() > 0 => short(left),
        _ => "now".to_owned(),
    }
}

/// A span of time in its two largest units: `4d 3h`, `12m 5s`, `3s`.
pub(crate) fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds}s"),
        (0, 0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (0, hours, minutes, _) => format!("{hours}h {minutes}m"),
        (days, hours, ..) => format!("{days}d {hours}h"),
    }
}

/// A span of time as it is typed: `90s`, `5m`, `2h`, `7d`; a bare number is seconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(format!("`{text}` is no time: write it as 90s, 5m, 2h or 7d")),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    seconds.map(Duration::from_secs).ok_or_else(|| format!("`{text}` is no time: write it as 90s, 5m, 2h or 7d"))
}

/// At most so many characters, the last one `…` where some are missing.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The first characters.
pub(crate) fn start(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// What a terminal would obey, or what hides the order of the text, as a space.
pub(crate) fn printable(text: &str) -> String {
    text.replace(commands_a_terminal, " ")
}

/// The same of a document in JSON, where it is written as an escape. Ends of lines are between the values;
/// within a text they are escapes already.
pub(crate) fn printable_json(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\n' | '\r' | '\t' => printable.push(character),
            other if commands_a_terminal(other) => printable.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => printable.push(other),
        }
    }
    printable
}

/// Control characters, those of eight bits too, and marks that turn the direction of what follows.
fn commands_a_terminal(character: char) -> bool {
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns || matches!(character, '\u{2028}' | '\u{2029}')
}

/// An event's data as it was recorded, on one line; where it is damaged and no JSON, its text.
pub(crate) fn json(payload: &Payload) -> Box<RawValue> {
    // An end of line in JSON is a space between values.
    let json = RawValue::from_string(payload.as_json().replace(['\n', '\r', '\t'], " "));
    json.or_else(|_| serde_json::value::to_raw_value(payload.as_json())).unwrap_or_default()
}

/// Something, or a dash.
pub(crate) fn or_none(text: Option<impl ToString>) -> String {
    text.map_or_else(|| NONE.to_owned(), |text| text.to_string())
}

/// `1 letter`, `2 letters`.
pub(crate) fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_have_two_units_at_most() {
        let texts = [0, 59, 61, 3_600, 90_000, 864_000].map(|seconds| short(Duration::from_secs(seconds)));
        assert_eq!(texts, ["0s", "59s", "1m 1s", "1h 0m", "1d 1h", "10d 0h"]);
    }

    #[test]
    fn spans_of_time_are_read_as_they_are_typed() {
        let seconds = |text| parse_duration(text).ok().map(|time| time.as_secs());
        assert_eq!(["90", "90s", "5m", "2h", "7d"].map(seconds), [90, 90, 300, 7_200, 604_800].map(Some));
        assert_eq!(
            ["", "s", "5x", "-5s", "1.5h", "99999999999999999999s", "9999999999999999999d"].map(seconds),
            [None; 7]
        );
    }

    /// What was stored may come from anybody.
    #[test]
    fn nothing_that_was_stored_commands_the_terminal() {
        let hostile = "a\u{1b}[31mb\u{9b}2Jc\nd\u{202e}e\u{7f}\u{2028}größer";
        assert_eq!(printable(hostile), "a [31mb 2Jc d e  größer");
        let json = format!("{{\n\"text\":{}}}", serde_json::to_string(hostile).unwrap());
        let shown = printable_json(&json);
        assert!(shown.chars().all(|c| c == '\n' || !commands_a_terminal(c)), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap()["text"], hostile);
    }

    #[test]
    fn data_are_shown_on_one_line() {
        let recorded = Payload::from_json("{\n\t\"a\": \"b\\n\"\r\n}");
        assert_eq!(json(&recorded).get(), "{  \"a\": \"b\\n\"  }");
        assert_eq!(json(&Payload::from_json("{damaged\n")).get(), r#""{damaged\n""#);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!((cut("größer", 6).as_str(), cut("größer", 4).as_str(), cut("", 3).as_str()), ("größer", "grö…", ""));
    }
}
