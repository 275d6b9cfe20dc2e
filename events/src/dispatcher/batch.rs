//! Several events for one commit.

use std::sync::Arc;

use crate::event::{DomainEvent, ErasedEvent};

/// Events that are published together: a `Vec` of one type, or a tuple of several.
///
/// ```standalone_crate
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Pong;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// app.publish_batch((Ping, Pong)).await?;
/// app.publish_batch(vec![Ping, Ping]).await?;
/// assert_eq!(app.store().stats().await?.events, 4);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no batch of events",
    label = "neither a `Vec` nor a tuple of events",
    note = "publish one event by `publish`, and several as a `Vec` of one type or as a tuple of up to eight"
)]
pub trait EventBatch: Send {
    /// The events, in order.
    fn into_events(self) -> Vec<Arc<dyn ErasedEvent>>;
}

impl<E: DomainEvent> EventBatch for Vec<E> {
    fn into_events(self) -> Vec<Arc<dyn ErasedEvent>> {
        self.into_iter().map(|event| Arc::new(event) as _).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident),+))*) => {
        $(
            impl<$($name: DomainEvent),+> EventBatch for ($($name,)+) {
                #[expect(non_snake_case, reason = "the type parameters' names serve as the variables'")]
                fn into_events(self) -> Vec<Arc<dyn ErasedEvent>> {
                    let ($($name,)+) = self;
                    vec![$(Arc::new($name)),+]
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
