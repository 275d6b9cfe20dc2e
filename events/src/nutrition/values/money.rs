use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Currency, UnknownCurrency};
use crate::EventShape;

/// An amount of money: a whole number of the currency's minor units, cents for euros.
///
/// There is no rounding, because there is nothing to round: amounts are added in minor units and
/// checked. An amount may be nought or negative (a refund); who wants it positive asks
/// [`is_positive`](Self::is_positive).
///
/// # Examples
///
/// ```
/// use events::nutrition::{Currency, Money};
///
/// let fee: Money = "12.50 EUR".parse()?;
/// assert_eq!(fee, Money::new(1_250, Currency::Eur));
/// assert_eq!(fee.plus(fee)?.to_string(), "25.00 EUR");
/// assert_eq!(Money::new(980, Currency::Jpy).to_string(), "980 JPY");
/// assert!(fee.plus(Money::new(1, Currency::Usd)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EventShape)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// An amount in the currency's minor units.
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self { minor_units, currency }
    }

    /// How many of the currency's minor units it is.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor_units > 0
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    ///
    /// [`MoneyError`], if the currencies differ or the sum is too large to be held.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combined(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency.
    ///
    /// # Errors
    ///
    /// [`MoneyError`], if the currencies differ or the difference is too large to be held.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combined(other, i64::checked_sub)
    }

    fn combined(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies { left: self, right: other });
        }
        operation(self.minor_units, other.minor_units)
            .map(|minor_units| Self { minor_units, currency: self.currency })
            .ok_or(MoneyError::TooLarge { left: self, right: other })
    }
}

/// Two amounts that can't be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Of two currencies.
    #[error("{left} and {right} are of different currencies")]
    Currencies {
        /// The first amount.
        left: Money,
        /// The second.
        right: Money,
    },
    /// Beyond what an amount can hold.
    #[error("{left} and {right} together are too large")]
    TooLarge {
        /// The first amount.
        left: Money,
        /// The second.
        right: Money,
    },
}

/// A text that is no amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseMoneyError {
    /// The code behind the number is unknown.
    #[error("the currency of {refused:?} is unknown")]
    Currency {
        /// The text that was refused.
        refused: String,
        /// Which code it was.
        source: UnknownCurrency,
    },
    /// The number isn't written with the currency's digits, as `12.50 EUR` or `980 JPY`.
    #[error("{refused:?} is no amount, which looks like 12.50 EUR")]
    Amount {
        /// The text that was refused.
        refused: String,
    },
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(self.currency.digits());
        let (units, sign) = (self.minor_units.unsigned_abs(), if self.minor_units < 0 { "-" } else { "" });
        match self.currency.digits() as usize {
            0 => f.pad(&format!("{sign}{units} {}", self.currency)),
            digits => f.pad(&format!("{sign}{}.{:0digits$} {}", units / scale, units % scale, self.currency)),
        }
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let amount = || ParseMoneyError::Amount { refused: text.to_owned() };
        let (number, code) = text.trim().split_once(' ').ok_or_else(amount)?;
        let currency: Currency =
            code.parse().map_err(|source| ParseMoneyError::Currency { refused: text.to_owned(), source })?;
        let minor_units = minor_units(number, currency.digits() as usize).ok_or_else(amount)?;
        Ok(Self { minor_units, currency })
    }
}

/// `12.50` with two digits is 1250; a number with more or fewer digits is refused, not rounded.
fn minor_units(number: &str, digits: usize) -> Option<i64> {
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = match digits {
        0 => (unsigned, ""),
        _ => unsigned.split_once('.')?,
    };
    let is_number = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_number || fraction.len() != digits {
        return None;
    }
    // The sign is parsed with the digits, so that the smallest amount is read too.
    let sign = if unsigned.len() == number.len() { "" } else { "-" };
    format!("{sign}{whole}{fraction}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_and_read_with_the_digits_of_their_currency() {
        for (units, currency, text) in [
            (1_250, Currency::Eur, "12.50 EUR"),
            (5, Currency::Usd, "0.05 USD"),
            (-5, Currency::Usd, "-0.05 USD"),
            (980, Currency::Jpy, "980 JPY"),
            (1_234, Currency::Kwd, "1.234 KWD"),
            (i64::MIN, Currency::Eur, "-92233720368547758.08 EUR"),
        ] {
            let money = Money::new(units, currency);
            assert_eq!(money.to_string(), text);
            assert_eq!(text.parse(), Ok(money));
        }
    }

    #[test]
    fn nothing_is_rounded_when_it_is_read() {
        for text in
            ["12.5 EUR", "12.505 EUR", "12 EUR", "1.0 JPY", ".50 EUR", "+1.00 EUR", "1,00 EUR", "--1.00 EUR", "12.50"]
        {
            assert!(matches!(text.parse::<Money>(), Err(ParseMoneyError::Amount { .. })), "{text}");
        }
        assert!(matches!("1.00 EURO".parse::<Money>(), Err(ParseMoneyError::Currency { .. })));
    }

    #[test]
    fn sums_are_checked() {
        let (euro, dollar) = (Money::new(1, Currency::Eur), Money::new(1, Currency::Usd));
        assert_eq!(euro.minus(euro), Ok(Money::new(0, Currency::Eur)));
        assert_eq!(euro.plus(dollar), Err(MoneyError::Currencies { left: euro, right: dollar }));
        let most = Money::new(i64::MAX, Currency::Eur);
        assert_eq!(most.plus(euro), Err(MoneyError::TooLarge { left: most, right: euro }));
    }
}
