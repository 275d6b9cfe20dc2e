use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AggregateId, EventShape, StreamKey};

/// An e-mail address, normalised: two spellings of one address are one value.
///
/// White space around it is dropped and all of it is written in lower case. The standard lets the
/// part before the `@` tell upper from lower case, but no large provider does, and an account for
/// each spelling would be the worse mistake. Addresses in quotes, with comments or outside ASCII are
/// refused (an international domain has its ASCII form). That the address exists is not claimed.
///
/// It is personal data: `Debug` shows neither part of it, `Display` is the address.
///
/// # Examples
///
/// ```
/// use events::nutrition::Email;
///
/// let email: Email = " Ada@Example.COM ".parse()?;
/// assert_eq!(email.as_str(), "ada@example.com");
/// assert_eq!(format!("{email:?}"), "Email(***@***.com)");
/// assert!(serde_json::from_str::<Email>("\"ada at home\"").is_err());
/// # Ok::<(), events::nutrition::EmailError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The longest address that can be delivered to, in bytes (RFC 5321, as corrected by erratum
    /// 1690 to RFC 3696).
    pub const MAX_LEN: usize = 254;

    /// Takes an address in any spelling and keeps the normalised one.
    ///
    /// # Errors
    ///
    /// [`EmailError`] with the refused text, if it is no plausible address.
    pub fn new(address: impl Into<String>) -> Result<Self, EmailError> {
        let refused = address.into();
        let normalised = refused.trim().to_ascii_lowercase();
        match problem_of(&normalised) {
            None => Ok(Self(normalised)),
            Some(problem) => Err(EmailError { problem, refused }),
        }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no plausible e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmailProblem {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Longer than [`Email::MAX_LEN`].
    #[error("it is longer than {} bytes", Email::MAX_LEN)]
    TooLong,
    /// No `@`, or more than one.
    #[error("it needs exactly one @")]
    At,
    /// The part before the `@` is empty, over 64 bytes, or has a character or a dot out of place.
    #[error("the part before the @ is not plausible")]
    Local,
    /// The part behind the `@` is no domain name of at least two labels.
    #[error("the part behind the @ is no domain name")]
    Domain,
}

/// A text that is no plausible e-mail address; neither `Display` nor `Debug` shows it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: {problem}")]
pub struct EmailError {
    problem: EmailProblem,
    refused: String,
}

impl EmailError {
    /// What is wrong with it.
    pub fn problem(&self) -> EmailProblem {
        self.problem
    }

    /// The text that was refused, as it came.
    pub fn refused(&self) -> &str {
        &self.refused
    }
}

fn problem_of(address: &str) -> Option<EmailProblem> {
    if address.is_empty() {
        return Some(EmailProblem::Empty);
    }
    if address.len() > Email::MAX_LEN {
        return Some(EmailProblem::TooLong);
    }
    let Some((local, domain)) = address.split_once('@').filter(|(_, domain)| !domain.contains('@')) else {
        return Some(EmailProblem::At);
    };
    if !is_local(local) {
        Some(EmailProblem::Local)
    } else if !is_domain(domain) {
        Some(EmailProblem::Domain)
    } else {
        None
    }
}

/// The dot-atom of RFC 5322.
fn is_local(local: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // A last label of digits only would be an address like 127.0.0.1.
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && domain.split('.').all(label) && !top.bytes().all(|byte| byte.is_ascii_digit())
}

impl AggregateId for Email {
    fn stream_key(&self) -> StreamKey {
        StreamKey::from(self.as_str())
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let top = self.0.rsplit('.').next().unwrap_or_default();
        write!(f, "Email(***@***.{top})")
    }
}

impl fmt::Debug for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailError").field("problem", &self.problem).finish_non_exhaustive()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::new(text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_addresses_are_one_value_in_any_spelling() {
        for text in ["ada@example.com", "ADA@EXAMPLE.COM", "\tada@Example.com\n"] {
            assert_eq!(Email::new(text).unwrap().as_str(), "ada@example.com");
        }
        for text in ["a.b+c@x-y.museum", "o'neill@xn--mnchen-3ya.de", "a@b.co"] {
            assert!(Email::new(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_problem_and_gives_the_text_back() {
        let long = format!("a@{}.com", "b.".repeat(130));
        let cases = [
            ("  ", EmailProblem::Empty),
            (long.as_str(), EmailProblem::TooLong),
            ("ada", EmailProblem::At),
            ("a@b@example.com", EmailProblem::At),
            ("@example.com", EmailProblem::Local),
            (".ada@example.com", EmailProblem::Local),
            ("a da@example.com", EmailProblem::Local),
            ("a\0@example.com", EmailProblem::Local),
            ("ada@example", EmailProblem::Domain),
            ("ada@-example.com", EmailProblem::Domain),
            ("ada@example..com", EmailProblem::Domain),
            ("ada@127.0.0.1", EmailProblem::Domain),
        ];
        for (text, problem) in cases {
            let error = Email::new(text).unwrap_err();
            assert_eq!((error.problem(), error.refused()), (problem, text));
        }
    }

    #[test]
    fn neither_the_value_nor_its_error_shows_the_address_in_debug() {
        let secret = "ada.lovelace@secret-host.com";
        let shown = format!("{:?}", Email::new(secret).unwrap());
        assert!(!shown.contains("ada") && !shown.contains("secret-host"), "{shown}");
        let error = Email::new("ada@secret").unwrap_err();
        assert!(!format!("{error:?} {error}").contains("secret"));
    }
}
