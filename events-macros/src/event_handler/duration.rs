//! Durations as text: `200ms`, `5s`, `1m`, `2h`.

use syn::LitStr;

use crate::ctxt::Ctxt;

/// Reads a handler's time limit in milliseconds, which is not zero; a mistake is reported at the text.
pub(crate) fn time_limit(text: &LitStr, cx: &mut Ctxt) -> Option<u64> {
    let limit = milliseconds(text, cx)?;
    if limit == 0 {
        cx.error(text, "a handler needs more time than none");
    }
    Some(limit)
}

/// Reads a duration in milliseconds; a mistake is reported at the text.
pub(crate) fn milliseconds(text: &LitStr, cx: &mut Ctxt) -> Option<u64> {
    match read(&text.value()) {
        Ok(milliseconds) => Some(milliseconds),
        Err(mistake) => {
            cx.error(text, mistake);
            None
        }
    }
}

fn read(text: &str) -> Result<u64, String> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(format!(
            "`{text}` is not a duration: write a whole number and a unit, such as \"200ms\" or \"5s\""
        ));
    }
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" => {
            return Err(format!(
                "a duration needs a unit: \"{number}ms\", \"{number}s\", \"{number}m\" or \"{number}h\""
            ));
        }
        other => return Err(format!("unknown unit `{other}`: possible are `ms`, `s`, `m` and `h`")),
    };
    let milliseconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    milliseconds.ok_or_else(|| "that is too long to be counted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        assert_eq!(read("200ms"), Ok(200));
        assert_eq!(read("5s"), Ok(5_000));
        assert_eq!(read("1m"), Ok(60_000));
        assert_eq!(read("2h"), Ok(7_200_000));
        assert_eq!(read("0s"), Ok(0));
    }

    #[test]
    fn mistakes() {
        for text in ["", "5", "s", "1.5s", "5 s", "5 seconds", "99999999999999999999s", "18446744073709551615h"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
