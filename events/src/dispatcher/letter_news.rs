//! Hearing of letters that have changed in this process.

use tokio::sync::watch;

use super::inner::Inner;
use crate::delivery::any_of;

/// Letters, as those watch them who look at all of them. The lanes of durable handlers hear of what
/// operators do, and not of each call: how theirs have ended they know.
pub(crate) struct LetterNews {
    changed: watch::Receiver<u64>,
    tried: watch::Receiver<u64>,
}

impl Inner {
    /// An operator has changed letters, or a run wants them tried.
    pub(crate) fn note_letter_change(&self) {
        self.letters_changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A call has left a letter, or was an attempt at one.
    pub(crate) fn note_letter_tried(&self) {
        self.letters_tried.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// What changes from now on.
    pub(crate) fn letter_news(&self) -> LetterNews {
        LetterNews { changed: self.letters_changed.subscribe(), tried: self.letters_tried.subscribe() }
    }
}

impl LetterNews {
    /// Waits until letters have changed since this was called last, or the dispatcher is gone.
    pub(crate) async fn changed(&mut self) {
        // An error means that the sender is gone, and the dispatcher with it.
        any_of(vec![
            Box::pin(async { self.changed.changed().await.unwrap_or_default() }),
            Box::pin(async { self.tried.changed().await.unwrap_or_default() }),
        ])
        .await;
    }

    /// What has changed so far is known.
    pub(crate) fn mark_unchanged(&mut self) {
        self.changed.mark_unchanged();
        self.tried.mark_unchanged();
    }
}
