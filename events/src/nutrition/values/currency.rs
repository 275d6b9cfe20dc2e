use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::EventShape;

/// A code that is none of the currencies known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refused:?} is no known currency code")]
pub struct UnknownCurrency {
    refused: String,
}

impl UnknownCurrency {
    /// The text that was refused.
    pub fn refused(&self) -> &str {
        &self.refused
    }
}

macro_rules! currencies {
    ($($variant:ident $code:literal $digits:literal $name:literal;)+) => {
        /// A currency of ISO 4217, which knows how many digits its minor unit has.
        ///
        /// The codes and digits are those of ISO 4217 "List one" (the currencies in circulation) as
        /// its maintenance agency publishes it; the table holds the common ones and may grow. In JSON
        /// and in `Display` it is the code of three letters.
        ///
        /// # Examples
        ///
        /// ```
        /// use events::nutrition::Currency;
        ///
        /// assert_eq!(Currency::Eur.digits(), 2);
        /// assert_eq!(Currency::Jpy.digits(), 0);
        /// assert_eq!(Currency::Kwd.digits(), 3);
        /// assert_eq!("CHF".parse(), Ok(Currency::Chf));
        /// assert!("XYZ".parse::<Currency>().is_err());
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
        #[serde(try_from = "String", into = "String")]
        #[non_exhaustive]
        pub enum Currency {
            $(#[doc = $name] $variant,)+
        }

        impl Currency {
            /// Every currency known here, by code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code of three capital letters.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// How many decimal digits the minor unit has: 2 for cents, 0 where there is none.
            pub const fn digits(self) -> u32 {
                match self { $(Self::$variant => $digits,)+ }
            }
        }

        impl FromStr for Currency {
            type Err = UnknownCurrency;

            fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownCurrency { refused: code.to_owned() }),
                }
            }
        }
    };
}

currencies! {
    Aed "AED" 2 "UAE dirham.";
    Ars "ARS" 2 "Argentine peso.";
    Aud "AUD" 2 "Australian dollar.";
    Bhd "BHD" 3 "Bahraini dinar.";
    Brl "BRL" 2 "Brazilian real.";
    Cad "CAD" 2 "Canadian dollar.";
    Chf "CHF" 2 "Swiss franc.";
    Clp "CLP" 0 "Chilean peso.";
    Cny "CNY" 2 "Yuan renminbi.";
    Cop "COP" 2 "Colombian peso.";
    Czk "CZK" 2 "Czech koruna.";
    Dkk "DKK" 2 "Danish krone.";
    Egp "EGP" 2 "Egyptian pound.";
    Eur "EUR" 2 "Euro.";
    Gbp "GBP" 2 "Pound sterling.";
    Hkd "HKD" 2 "Hong Kong dollar.";
    Huf "HUF" 2 "Forint.";
    Idr "IDR" 2 "Rupiah.";
    Ils "ILS" 2 "New Israeli sheqel.";
    Inr "INR" 2 "Indian rupee.";
    Iqd "IQD" 3 "Iraqi dinar.";
    Isk "ISK" 0 "Iceland krona.";
    Jod "JOD" 3 "Jordanian dinar.";
    Jpy "JPY" 0 "Yen.";
    Krw "KRW" 0 "Won.";
    Kwd "KWD" 3 "Kuwaiti dinar.";
    Mad "MAD" 2 "Moroccan dirham.";
    Mxn "MXN" 2 "Mexican peso.";
    Myr "MYR" 2 "Malaysian ringgit.";
    Nok "NOK" 2 "Norwegian krone.";
    Nzd "NZD" 2 "New Zealand dollar.";
    Omr "OMR" 3 "Rial Omani.";
    Pen "PEN" 2 "Sol.";
    Php "PHP" 2 "Philippine peso.";
    Pkr "PKR" 2 "Pakistan rupee.";
    Pln "PLN" 2 "Zloty.";
    Ron "RON" 2 "Romanian leu.";
    Rsd "RSD" 2 "Serbian dinar.";
    Sar "SAR" 2 "Saudi riyal.";
    Sek "SEK" 2 "Swedish krona.";
    Sgd "SGD" 2 "Singapore dollar.";
    Thb "THB" 2 "Baht.";
    Tnd "TND" 3 "Tunisian dinar.";
    Try "TRY" 2 "Turkish lira.";
    Twd "TWD" 2 "New Taiwan dollar.";
    Uah "UAH" 2 "Hryvnia.";
    Ugx "UGX" 0 "Uganda shilling.";
    Usd "USD" 2 "US dollar.";
    Vnd "VND" 0 "Dong.";
    Xaf "XAF" 0 "CFA franc BEAC.";
    Xof "XOF" 0 "CFA franc BCEAO.";
    Zar "ZAR" 2 "Rand.";
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_is_three_capitals_in_order() {
        for currency in Currency::ALL {
            assert_eq!(currency.code().parse(), Ok(*currency));
            assert!(currency.code().len() == 3 && currency.code().bytes().all(|byte| byte.is_ascii_uppercase()));
            assert!([0, 2, 3].contains(&currency.digits()));
        }
        assert!(Currency::ALL.is_sorted_by_key(|currency| currency.code()));
    }

    #[test]
    fn json_is_the_code_and_nothing_else() {
        assert_eq!(serde_json::to_string(&Currency::Eur).unwrap(), "\"EUR\"");
        for json in ["\"eur\"", "\"Eur\"", "\"\"", "978"] {
            assert!(serde_json::from_str::<Currency>(json).is_err(), "{json}");
        }
    }
}
