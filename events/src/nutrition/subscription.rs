//! The subscription: payments, each taken once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Currency, Money, PaymentId, PaymentProcessed, UserId};
use crate::prelude::*;

/// What a user pays for. Its stream is `nutrition.subscription/<subscription id>`.
///
/// The first payment decides whose it is and in which currency it is paid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    terms: Option<Terms>,
    payments: BTreeMap<PaymentId, Money>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Terms {
    user_id: UserId,
    currency: Currency,
}

impl Subscription {
    /// Whose it is; `None` before the first payment.
    pub fn user_id(&self) -> Option<UserId> {
        self.terms.map(|terms| terms.user_id)
    }

    /// The currency it is paid in; `None` before the first payment.
    pub fn currency(&self) -> Option<Currency> {
        self.terms.map(|terms| terms.currency)
    }

    /// What a payment amounted to.
    pub fn payment(&self, payment_id: PaymentId) -> Option<Money> {
        self.payments.get(&payment_id).copied()
    }

    /// How many payments there were.
    pub fn payment_count(&self) -> usize {
        self.payments.len()
    }
}

#[aggregate(name = "nutrition.subscription", snapshot_every = 100)]
impl Subscription {
    /// Takes a payment. The same payment again gives no event, so a notice may come twice.
    ///
    /// # Errors
    ///
    /// [`SubscriptionError::NotPositive`], [`SubscriptionError::OtherUser`],
    /// [`SubscriptionError::OtherCurrency`], or [`SubscriptionError::PaymentDiffers`] if the payment is
    /// known with another amount.
    pub fn process_payment(
        subscription: &AggregateRoot<Subscription>,
        user_id: UserId,
        payment_id: PaymentId,
        amount: Money,
    ) -> Result<Option<PaymentProcessed>, SubscriptionError> {
        if !amount.is_positive() {
            return Err(SubscriptionError::NotPositive { refused: amount });
        }
        if let Some(terms) = subscription.terms {
            terms.check(user_id, amount)?;
        }
        match subscription.payment(payment_id) {
            Some(known) if known == amount => Ok(None),
            Some(_) => Err(SubscriptionError::PaymentDiffers { payment_id, refused: amount }),
            None => Ok(Some(PaymentProcessed { user_id, amount, subscription_id: *subscription.id(), payment_id })),
        }
    }

    #[when]
    fn paid(&mut self, event: &PaymentProcessed) {
        let terms = Terms { user_id: event.user_id, currency: event.amount.currency() };
        self.terms.get_or_insert(terms);
        self.payments.insert(event.payment_id, event.amount);
    }
}

impl Terms {
    fn check(self, user_id: UserId, amount: Money) -> Result<(), SubscriptionError> {
        if self.user_id != user_id {
            return Err(SubscriptionError::OtherUser { refused: user_id });
        }
        if self.currency != amount.currency() {
            return Err(SubscriptionError::OtherCurrency { currency: self.currency, refused: amount });
        }
        Ok(())
    }
}

/// Why a payment was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// Nothing, or less, was paid.
    #[error("{refused} is no payment")]
    NotPositive {
        /// The amount that was refused.
        refused: Money,
    },
    /// The subscription is somebody else's.
    #[error("the subscription belongs to another user than {refused}")]
    OtherUser {
        /// The user who was refused.
        refused: UserId,
    },
    /// The subscription is paid in another currency.
    #[error("the subscription is paid in {currency}, not with {refused}")]
    OtherCurrency {
        /// The currency it is paid in.
        currency: Currency,
        /// The amount that was refused.
        refused: Money,
    },
    /// The payment is known, with another amount.
    #[error("payment {payment_id} was of another amount than {refused}")]
    PaymentDiffers {
        /// The payment.
        payment_id: PaymentId,
        /// The amount that was refused.
        refused: Money,
    },
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::nutrition::SubscriptionId;
    use crate::testing::given;

    fn premium() -> SubscriptionId {
        Uuid::from_u128(9).into()
    }

    fn user(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    fn payment(number: u128, amount: &str) -> PaymentProcessed {
        PaymentProcessed {
            user_id: user(1),
            amount: amount.parse().unwrap(),
            subscription_id: premium(),
            payment_id: Uuid::from_u128(number).into(),
        }
    }

    /// The command that leads to such an event.
    fn pay(event: PaymentProcessed) -> impl Fn(&AggregateRoot<Subscription>) -> Paid {
        move |root| Subscription::process_payment(root, event.user_id, event.payment_id, event.amount)
    }

    type Paid = Result<Option<PaymentProcessed>, SubscriptionError>;

    #[test]
    fn a_payment_counts_once() {
        let (first, second) = (payment(1, "12.90 EUR"), payment(2, "12.90 EUR"));
        given::<Subscription>(premium(), ()).when(pay(first.clone())).then(first.clone());
        given::<Subscription>(premium(), first.clone()).when(pay(first.clone())).then_nothing();
        given::<Subscription>(premium(), first.clone()).when(pay(second.clone())).then(second.clone());
        let other = payment(1, "1.00 EUR");
        given::<Subscription>(premium(), first)
            .when(pay(other.clone()))
            .then_error(SubscriptionError::PaymentDiffers { payment_id: other.payment_id, refused: other.amount });
    }

    #[test]
    fn an_amount_is_positive() {
        for amount in ["0.00 EUR", "-1.00 EUR"] {
            let event = payment(1, amount);
            given::<Subscription>(premium(), ())
                .when(pay(event.clone()))
                .then_error(SubscriptionError::NotPositive { refused: event.amount });
        }
    }

    #[test]
    fn the_first_payment_fixes_user_and_currency() {
        let first = payment(1, "12.90 EUR");
        let dollars = payment(2, "12.90 USD");
        given::<Subscription>(premium(), first.clone())
            .when(pay(dollars.clone()))
            .then_error(SubscriptionError::OtherCurrency { currency: Currency::Eur, refused: dollars.amount });
        let stranger = PaymentProcessed { user_id: user(2), ..payment(2, "12.90 EUR") };
        given::<Subscription>(premium(), first)
            .when(pay(stranger))
            .then_error(SubscriptionError::OtherUser { refused: user(2) });
    }
}
