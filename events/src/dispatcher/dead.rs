//! Telling the program of letters that have become dead.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::inner::Inner;
use crate::handler::panicked;
use crate::store::{EventStore, FailedEvent, LetterId, LetterQuery, LetterStatus};

/// What is called with a letter.
type Hook = Arc<dyn Fn(&FailedEvent) + Send + Sync>;

/// What is called with each letter that has become dead in this process.
#[derive(Clone, Default)]
pub(crate) struct DeadLetterHooks(Vec<Hook>);

impl DeadLetterHooks {
    pub(crate) fn add(&mut self, hook: impl Fn(&FailedEvent) + Send + Sync + 'static) {
        self.0.push(Arc::new(hook));
    }

    /// The hooks are the program's, and may panic.
    fn call(&self, letter: &FailedEvent) {
        for hook in &self.0 {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| hook(letter))) {
                let error = panicked(panic);
                tracing::error!(letter = %letter.id, handler = %letter.handler, %error, "a hook for dead letters has panicked");
            }
        }
    }
}

impl Inner {
    /// Calls the hooks with letters that were written dead, on a thread of their own, so that nobody
    /// waits for them but the shutdown. Without a runtime there is no such thread: then they are called
    /// here.
    pub(crate) async fn tell_of_dead(&self, letters: Vec<LetterId>) {
        if self.hooks.0.is_empty() || letters.is_empty() {
            return;
        }
        let (hooks, store) = (self.hooks.clone(), self.store.clone());
        let Some(runtime) = self.runtime.clone() else {
            return read(&store, letters).await.iter().for_each(|letter| hooks.call(letter));
        };
        let guard = self.activity.follow();
        let threads = runtime.clone();
        runtime.spawn(async move {
            for letter in read(&store, letters).await {
                let hooks = hooks.clone();
                let called = threads.spawn_blocking(move || hooks.call(&letter));
                // Their panics are caught: an error means that the runtime ends.
                if called.await.is_err() {
                    break;
                }
            }
            drop(guard);
        });
    }
}

/// The letters as they are by now; those that somebody has closed meanwhile are no news.
async fn read(store: &EventStore, letters: Vec<LetterId>) -> Vec<FailedEvent> {
    let mut found = Vec::with_capacity(letters.len());
    for id in letters {
        match store.backend().letters(LetterQuery::new().id(id)).await {
            Ok(letters) => found.extend(letters),
            Err(error) => tracing::error!(
                letter = %id,
                error = &error as &dyn std::error::Error,
                "a dead letter can't be read; its hook isn't called"
            ),
        }
    }
    found.retain(|letter| matches!(letter.status, LetterStatus::Dead | LetterStatus::Retrying));
    found
}
