//! Watching the end of the log, once for all lanes of a process.

use std::time::Duration;

use tokio::sync::watch;

use super::wait::any_of;
use crate::handler::BoxFuture;
use crate::id::Position;
use crate::store::EventStore;

/// How soon the store is asked again when it has failed.
const FAILED: Duration = Duration::from_secs(1);

/// How often the end of the log is looked for when nobody says that it has moved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// While there is something new.
    pub(crate) shortest: Duration,
    /// When nothing has been new for a while.
    pub(crate) longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { shortest: Duration::from_millis(20), longest: Duration::from_secs(1) }
    }
}

/// Follows the end of the log until nobody watches any more. A commit of this process is looked
/// for at once, and so is one of another process if the store hears of it; otherwise at the next look.
pub(super) async fn follow(
    store: EventStore,
    pace: Pace,
    end: watch::Sender<Position>,
    mut committed: watch::Receiver<Position>,
) {
    let (mut pause, mut heard) = (pace.shortest, 0);
    while !end.is_closed() {
        let wanted = *committed.borrow_and_update();
        let known = match store.backend().log_end().await {
            Ok(found) => {
                let grown = end.send_if_modified(|known| std::mem::replace(known, found.max(*known)) < found);
                // Something committed that can't be read yet will be in a moment.
                let soon = grown || found < wanted;
                pause = if soon { pace.shortest } else { pause.saturating_mul(2).min(pace.longest) };
                found.max(wanted)
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the end of the log can't be read");
                pause = FAILED;
                wanted
            }
        };
        let mut hint = heard;
        let reasons: Vec<BoxFuture<'_, ()>> = vec![
            Box::pin(tokio::time::sleep(pause)),
            // What was found already needs no look. An error means that the dispatcher is gone, and the
            // watchers with it in a moment.
            Box::pin(async { drop(committed.wait_for(|position| *position > known).await) }),
            Box::pin(async { hint = store.backend().log_hint(heard).await }),
            Box::pin(end.closed()),
        ];
        any_of(reasons).await;
        if hint != heard {
            heard = hint;
            pause = pace.shortest;
        }
    }
}
