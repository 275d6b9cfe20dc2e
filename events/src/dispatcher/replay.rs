//! One call of one handler, whose result nobody writes down.

use super::EventDispatcher;
use super::attempt::{Unread, call_inline, decode};
use crate::delivery::{Called, DurableCall, Host};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::handler::{Attempt, Class, HandlerError, HandlerResult};
use crate::id::HandlerName;

/// Calls the handler as the dispatcher would; what it writes through `Tx` is rolled back. `None` if the
/// dispatcher has no such handler of such events.
///
/// # Errors
/// If the store lends no transaction.
pub(crate) async fn replay(
    app: &EventDispatcher,
    handler: &HandlerName,
    event: &RecordedEvent,
    attempt: Attempt,
) -> Result<Option<HandlerResult>, Error> {
    let inner = &app.inner;
    let Some(durable) = inner.durable.iter().find(|durable| durable.name() == handler) else {
        return Ok(match decode(inner, event) {
            Ok(decoded) => call_inline(inner, handler, attempt, &decoded, event).await,
            Err(Unread::Decode(error)) => Some(Err(HandlerError::new(Class::Decode, error))),
            Err(Unread::Panicked(error)) => Some(Err(error)),
        });
    };
    if !durable.selects(event.name()) {
        return Ok(None);
    }
    let (host, call) = (&**inner as &dyn Host, DurableCall { handler: durable, events: &[event], attempt });
    let called = if durable.transactional {
        let mut transaction = inner.store.backend().begin().await?;
        let (called, _) = host.call_in(call, transaction.connection()).await;
        transaction.roll_back().await?;
        called
    } else {
        host.call(call).await
    };
    Ok(Some(match called {
        Called::Handled => Ok(()),
        Called::Failed(error) => Err(error),
        Called::Unreadable(error) => Err(HandlerError::new(Class::Decode, error)),
    }))
}
