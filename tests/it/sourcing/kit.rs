//! The test kit: given, when, then.

use chrono::{DateTime, Utc};
use events::prelude::*;
use events::testing::given;

use super::{Opened, PaidIn, Purse, PurseError, PurseEvent, paid, purse};

fn opened() -> Opened {
    Opened { purse: purse(), owner: "ada".to_owned() }
}

#[test]
fn a_command_is_tried_without_a_store() {
    given::<Purse>(purse(), ()).when(|purse| Purse::open(purse, "ada")).then(opened());
    given::<Purse>(purse(), opened()).when(|purse| Purse::open(purse, "ada")).then_error(PurseError::Exists);
    given::<Purse>(purse(), (opened(), vec![paid(3), paid(4)])).when(|purse| Purse::pay(purse, -7)).then(paid(-7));
    given::<Purse>(purse(), paid(3)).when(|_| Ok::<_, PurseError>(None::<PaidIn>)).then_nothing();
    let error = given::<Purse>(purse(), paid(3)).when(|purse| Purse::pay(purse, -4)).rejection();
    assert_eq!(error, PurseError::TooLittle(3));
}

#[test]
fn a_command_of_several_steps_is_tried_too() {
    let two_steps = |purse: &mut AggregateRoot<Purse>| {
        purse.apply(Purse::pay(purse, 5)?);
        purse.apply(Purse::pay(purse, -6)?);
        Ok(())
    };
    given::<Purse>(purse(), paid(1)).transact(two_steps).then((paid(5), paid(-6)));
    given::<Purse>(purse(), ()).transact(two_steps).then_error(PurseError::TooLittle(5));
}

#[test]
fn the_aggregate_is_as_after_loading() {
    let time: DateTime<Utc> = "2026-02-03T04:05:06Z".parse().unwrap();
    let root = given::<Purse>(purse(), (opened(), PurseEvent::from(paid(2)))).at(time).root();
    assert_eq!((root.version().value(), root.exists(), root.now()), (2, true, time));
    assert_eq!((root.pence, root.uncommitted().len()), (2, 0));
    given::<Purse>(purse(), ())
        .at(time)
        .when(|purse| {
            assert_eq!(purse.now(), time);
            Ok::<_, PurseError>(())
        })
        .then_nothing();
}

#[test]
#[should_panic(expected = "other events than expected")]
fn other_data_is_noticed() {
    given::<Purse>(purse(), ()).when(|purse| Purse::pay(purse, 1)).then(paid(2));
}

#[test]
#[should_panic(expected = "other events than expected")]
fn a_missing_event_is_noticed() {
    given::<Purse>(purse(), ()).when(|purse| Purse::pay(purse, 1)).then((paid(1), paid(1)));
}

#[test]
#[should_panic(expected = "other events than expected")]
fn another_order_is_noticed() {
    let both = |_: &AggregateRoot<Purse>| Ok::<_, PurseError>((paid(1), paid(2)));
    given::<Purse>(purse(), ()).when(both).then((paid(2), paid(1)));
}

#[test]
#[should_panic(expected = "the command was rejected: TooLittle(0)")]
fn a_rejection_is_noticed() {
    given::<Purse>(purse(), ()).when(|purse| Purse::pay(purse, -1)).then_nothing();
}

#[test]
#[should_panic(expected = "another error than expected")]
fn another_rejection_is_noticed() {
    given::<Purse>(purse(), ()).when(|purse| Purse::pay(purse, -1)).then_error(PurseError::Exists);
}

#[test]
#[should_panic(expected = "the command wasn't rejected")]
fn a_success_is_noticed() {
    given::<Purse>(purse(), ()).when(|purse| Purse::pay(purse, 1)).then_error(PurseError::Exists);
}

#[test]
#[should_panic(expected = "the test is about sourcing.purse/red")]
fn a_past_of_another_aggregate_is_noticed() {
    drop(given::<Purse>(purse(), PaidIn { purse: "blue".to_owned(), pence: 1 }));
}

#[test]
#[should_panic(expected = "the test is about sourcing.purse/red")]
fn an_event_of_another_aggregate_is_noticed() {
    let elsewhere = PaidIn { purse: "blue".to_owned(), pence: 1 };
    let expected = elsewhere.clone();
    given::<Purse>(purse(), ()).when(|_| Ok::<_, PurseError>(elsewhere)).then(expected);
}
