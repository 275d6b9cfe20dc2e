//! What a command may answer with.

use super::Aggregate;
use crate::event::DomainEvent;

/// Events of an aggregate, in the order in which they happen: one event, a tuple, an `Option`, a
/// `Vec`, the generated enum, or `()` for none.
///
/// The one conversion for commands and for the test kit's `given` and `then`.
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
/// fn number(events: impl IntoEvents<Counter>) -> usize {
///     events.into_events().len()
/// }
///
/// let counted = || Counted { counter: 7, by: 3 };
/// assert_eq!(number(()), 0);
/// assert_eq!(number(Some(counted())), 1);
/// assert_eq!(number((counted(), vec![counted(), counted()])), 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `{A}`, nor several of them",
    label = "not an event of `{A}`",
    note = "a command answers with one event that `{A}` has a `#[when]` method for, with a tuple, `Option` or `Vec` of them, or with `()`"
)]
pub trait IntoEvents<A: Aggregate> {
    /// The events, in order.
    fn into_events(self) -> Vec<A::Event>;
}

#[diagnostic::do_not_recommend]
impl<A: Aggregate<Event: From<E>>, E: DomainEvent> IntoEvents<A> for E {
    fn into_events(self) -> Vec<A::Event> {
        vec![self.into()]
    }
}

impl<A: Aggregate> IntoEvents<A> for () {
    fn into_events(self) -> Vec<A::Event> {
        Vec::new()
    }
}

impl<A: Aggregate, T: IntoEvents<A>> IntoEvents<A> for Option<T> {
    fn into_events(self) -> Vec<A::Event> {
        self.map(T::into_events).unwrap_or_default()
    }
}

impl<A: Aggregate, T: IntoEvents<A>> IntoEvents<A> for Vec<T> {
    fn into_events(self) -> Vec<A::Event> {
        self.into_iter().flat_map(T::into_events).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident),+))*) => {
        $(
            impl<Agg: Aggregate, $($name: IntoEvents<Agg>),+> IntoEvents<Agg> for ($($name,)+) {
                #[expect(non_snake_case, reason = "the type parameters' names serve as the variables'")]
                fn into_events(self) -> Vec<Agg::Event> {
                    let ($($name,)+) = self;
                    let mut events = Vec::new();
                    $(events.extend($name.into_events());)+
                    events
                }
            }
        )*
    };
}

tuples! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}
