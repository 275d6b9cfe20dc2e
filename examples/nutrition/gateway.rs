//! The service that sends receipts, and a stand-in for it that fails in known ways.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use events::handler::BoxFuture;
use events::nutrition::{Currency, Money};
use events::{Class, Classify};

/// What is sent: the key makes a repeated request recognisable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) idempotency_key: String,
    pub(crate) amount: Money,
}

/// Sends receipts; a trait so that tests and this example need no network.
pub(crate) trait ReceiptGateway: Send + Sync {
    /// Sends one receipt, or says why not.
    fn send(&self, receipt: Receipt) -> BoxFuture<'_, Result<(), GatewayError>>;
}

/// Why a receipt was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GatewayError {
    #[error("the gateway is busy")]
    Busy,
    #[error("the gateway sends no receipts in {0}")]
    Currency(Currency),
}

impl Classify for GatewayError {
    fn class(&self) -> Class {
        match self {
            Self::Busy => Class::Transient,
            Self::Currency(_) => Class::Permanent,
        }
    }
}

/// A gateway in this process: busy at the first request in dollars, and without a few currencies.
#[derive(Debug)]
pub(crate) struct FakeGateway {
    accepted: BTreeSet<Currency>,
    seen: Mutex<BTreeSet<String>>,
}

impl FakeGateway {
    /// A gateway that accepts euros, dollars, and what it has learned since.
    pub(crate) fn accepting(learned: &[Currency]) -> Self {
        let known = [Currency::Eur, Currency::Usd];
        Self { accepted: known.iter().chain(learned).copied().collect(), seen: Mutex::default() }
    }

    fn answer(&self, receipt: Receipt) -> Result<(), GatewayError> {
        let currency = receipt.amount.currency();
        if !self.accepted.contains(&currency) {
            return Err(GatewayError::Currency(currency));
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = seen.insert(receipt.idempotency_key);
        if is_first && currency == Currency::Usd { Err(GatewayError::Busy) } else { Ok(()) }
    }
}

impl ReceiptGateway for FakeGateway {
    fn send(&self, receipt: Receipt) -> BoxFuture<'_, Result<(), GatewayError>> {
        Box::pin(async move { self.answer(receipt) })
    }
}
