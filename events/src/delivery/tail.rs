//! Watching the end of the log, once for all lanes of a process.

use std::time::Duration;

use tokio::sync::watch;

use super::wait::any_of;
use crate::handler::BoxFuture;
use crate::id::Position;
use crate::store::EventStore;

/// How soon the store is asked again while it has something new.
const SHORT: Duration = Duration::from_millis(20);
/// How soon the store is asked again when nothing has been new for a while.
const LONG: Duration = Duration::from_secs(1);

/// Follows the end of the log until nobody watches any more. A commit of this process is looked
/// for at once, one of another process at the next look.
pub(super) async fn follow(store: EventStore, end: watch::Sender<Position>, mut committed: watch::Receiver<Position>) {
    let mut pause = SHORT;
    while !end.is_closed() {
        let wanted = *committed.borrow_and_update();
        match store.backend().log_end().await {
            Ok(found) => {
                let grown = end.send_if_modified(|known| std::mem::replace(known, found.max(*known)) < found);
                // Something committed that can't be read yet will be in a moment.
                pause = if grown || found < wanted { SHORT } else { pause.saturating_mul(2).min(LONG) };
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the end of the log can't be read");
                pause = LONG;
            }
        }
        let reasons: Vec<BoxFuture<'_, ()>> = vec![
            Box::pin(tokio::time::sleep(pause)),
            // An error means that the dispatcher is gone, and the watchers with it in a moment.
            Box::pin(async { committed.changed().await.unwrap_or_default() }),
            Box::pin(end.closed()),
        ];
        any_of(reasons).await;
    }
}
