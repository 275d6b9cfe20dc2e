//! The e-mail claim: one account per address.

use serde::{Deserialize, Serialize};

use super::{EmailClaimed, UserId};
use crate::prelude::*;

/// Whose an e-mail address is. Its stream is `nutrition.email_claim/<normalised address>`.
///
/// A rule over all users can't be a rule of one user's stream, so each address has a stream of its
/// own. Two registrations with one address write to the same stream, and one of them conflicts.
///
/// Because the address is the stream's identity, it shows wherever stream ids are shown.
///
/// # Examples
///
/// ```
/// use events::nutrition::{Email, EmailClaim, UserId};
/// use events::prelude::*;
///
/// let claim = AggregateRoot::<EmailClaim>::new(Email::new("Ada@Example.com")?);
/// let claimed = EmailClaim::claim(&claim, UserId::from(Uuid::nil()))?.ok_or("claimed before")?;
/// assert_eq!(claimed.email.as_str(), "ada@example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmailClaim {
    owner: Option<UserId>,
}

impl EmailClaim {
    /// Whose address it is, if anybody's.
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }
}

#[aggregate(name = "nutrition.email_claim")]
impl EmailClaim {
    /// Claims the address for a user. A second claim by the same user gives no event.
    ///
    /// # Errors
    ///
    /// [`EmailClaimError::Taken`], if it is somebody else's.
    pub fn claim(claim: &AggregateRoot<EmailClaim>, user_id: UserId) -> Result<Option<EmailClaimed>, EmailClaimError> {
        match claim.owner {
            None => Ok(Some(EmailClaimed { email: claim.id().clone(), user_id })),
            Some(owner) if owner == user_id => Ok(None),
            Some(_) => Err(EmailClaimError::Taken { refused: user_id }),
        }
    }

    #[when]
    fn claimed(&mut self, event: &EmailClaimed) {
        self.owner = Some(event.user_id);
    }
}

/// Why a claim was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmailClaimError {
    /// The address is somebody else's. Whose isn't said: it is nobody's business.
    #[error("the e-mail address belongs to another account")]
    Taken {
        /// The user whose claim was refused.
        refused: UserId,
    },
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::nutrition::Email;
    use crate::testing::given;

    fn email() -> Email {
        Email::new("ada@example.com").unwrap()
    }

    fn user(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    fn claimed() -> EmailClaimed {
        EmailClaimed { email: email(), user_id: user(1) }
    }

    #[test]
    fn an_address_belongs_to_the_first_who_claims_it() {
        given::<EmailClaim>(email(), ()).when(|claim| EmailClaim::claim(claim, user(1))).then(claimed());
        given::<EmailClaim>(email(), claimed()).when(|claim| EmailClaim::claim(claim, user(1))).then_nothing();
        given::<EmailClaim>(email(), claimed())
            .when(|claim| EmailClaim::claim(claim, user(2)))
            .then_error(EmailClaimError::Taken { refused: user(2) });
    }

    #[test]
    fn every_spelling_of_an_address_is_one_stream() {
        let one = AggregateRoot::<EmailClaim>::new(Email::new("Ada@EXAMPLE.com").unwrap());
        assert_eq!(one.stream().to_string(), "nutrition.email_claim/ada@example.com");
    }
}
