//! Errors of commands, passed on as boxes.

use std::convert::Infallible;

use events::prelude::*;
use events::{BoxError, Error};

use super::conflicts::interfere;
use super::{PaidIn, Purse, PurseError, paid, purse};
use crate::support::Fragile;

async fn boxed<E: Into<BoxError>>(
    store: EventStore,
    decide: impl FnMut(&AggregateRoot<Purse>) -> Result<PaidIn, E>,
) -> BoxError {
    EventSourcing::new(store).execute(purse(), decide).await.unwrap_err().into_boxed()
}

#[tokio::test]
async fn a_boxed_error_is_still_what_it_was() {
    let rejected = boxed(EventStore::memory(), |purse| Purse::pay(purse, -1)).await;
    assert_eq!(rejected.downcast_ref(), Some(&PurseError::TooLittle(0)));
    let text = boxed(EventStore::memory(), |_| Err("no error type")).await;
    assert_eq!(text.to_string(), "no error type");
    let fragile = Fragile::new();
    fragile.fail_appends(true);
    let failed = boxed(fragile.store(), |purse| Purse::pay(purse, 1)).await;
    assert!(failed.downcast_ref::<Error>().unwrap().is_unavailable());
    let store = EventStore::memory();
    let conflict = boxed(store.clone(), |purse| {
        interfere(&store);
        Purse::pay(purse, 1)
    })
    .await;
    assert!(matches!(conflict.downcast_ref::<ExecuteError<Infallible>>(), Some(ExecuteError::Conflict { .. })));
    let elsewhere = PaidIn { purse: "blue".to_owned(), ..paid(1) };
    let wrong = boxed(EventStore::memory(), |_| Ok::<_, PurseError>(elsewhere.clone())).await;
    let text = "event `sourcing.paid_in` belongs to `sourcing.purse/blue`, the command was given `sourcing.purse/red`";
    assert_eq!(wrong.to_string(), text);
}
