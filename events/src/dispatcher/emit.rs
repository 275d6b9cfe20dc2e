//! Publishing from a sync handler, which can't wait.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::{Context, DomainEvent, current};

/// Publishes an event from within a handler, without waiting: it is committed when the handler has
/// succeeded, and forgotten when it has failed. If that commit fails, the handler counts as failed.
///
/// # Errors
/// Outside of the handlers of an [`EventDispatcher`](crate::EventDispatcher), where nobody would
/// commit it.
///
/// # Examples
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
/// #[event_handler]
/// fn answer(_: &Ping) -> Result<(), events::Error> {
///     events::emit(Pong)
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![answer])).build()?;
/// # assert!(app.publish(Ping).await?.failures().is_empty());
/// # assert_eq!(app.store().stats().await?.events, 2);
/// # Ok(())
/// # }
/// ```
pub fn emit<E: DomainEvent>(event: E) -> Result<(), Error> {
    emit_to(None, event, Context::new())
}

/// Emits to a dispatcher, or to the one whose handler runs now.
pub(crate) fn emit_to<E: DomainEvent>(host: Option<usize>, event: E, context: Context) -> Result<(), Error> {
    current(|scope| match &mut scope.emitted {
        Some(emitted) if host.is_none_or(|host| host == emitted.host) => {
            emitted.events.push((Arc::new(event), context));
            Ok(())
        }
        _ => {
            let message = "`emit` works in the handlers of the dispatcher only: `publish` the event instead";
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    })
}
