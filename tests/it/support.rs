//! What several files need.

mod fragile;
#[cfg(feature = "sqlite")]
mod guide;

pub(crate) use fragile::Fragile;
#[cfg(feature = "sqlite")]
pub(crate) use guide::blocks_of_the_guide;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What happened, in order. All clones are one journal.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|noted| *noted == line).count()
    }
}

/// Lets other tasks run until the condition holds; panics after ten seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        tokio::task::yield_now().await;
    }
}

/// The texts of an error and of its sources.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let texts: Vec<_> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    texts.join(": ")
}
