//! The background work of a started dispatcher: retries, and the retention of letters.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::attempt;
use super::inner::Inner;
use super::letter_news::LetterNews;
use crate::clock::{self, Clock};
use crate::delivery::any_of;
use crate::error::Error;
use crate::handler::BoxFuture;
use crate::store::{ClaimLetters, LetterPurge};

/// How often the store is asked for what other processes have done to letters.
const POLL: Duration = Duration::from_secs(1);
/// How many letters are tried at the same time.
const ATTEMPTS: usize = 16;
/// How long a letter belongs to this process at least; far longer than an attempt may take.
const LEASE: Duration = Duration::from_secs(60);
/// How often closed letters are looked through.
const CLEANING: TimeDelta = TimeDelta::hours(1);

/// The attempts under way. Each is a task: it may hold what this work itself waits for, such as a
/// connection of the store, and must come to its end meanwhile.
type Attempts = JoinSet<()>;

/// Works until it is told to stop, or the dispatcher is gone; ends when the attempts under way have.
pub(crate) async fn run(inner: Weak<Inner>, mut stopped: watch::Receiver<bool>) {
    let mut next_cleaning = DateTime::<Utc>::MIN_UTC;
    let mut attempts = Attempts::new();
    while !*stopped.borrow() {
        let Some(this) = inner.upgrade() else { break };
        // Watching begins before the letters are looked at, so that no change falls in between.
        let mut changed = this.letter_news();
        clean_when_due(&this, &mut next_cleaning).await;
        let next_due = match begin_due(&this, &mut attempts).await {
            Ok(next_due) => next_due,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "letters can't be retried: the store has failed; trying again"
                );
                None
            }
        };
        let clock = Arc::clone(this.store.clock());
        drop(this);
        wait(&*clock, next_due, &mut attempts, &mut changed, &mut stopped).await;
    }
    while let Some(ended) = attempts.join_next().await {
        note_end(ended);
    }
}

/// Begins an attempt at each letter that is due, as far as there is room beside those under way: a
/// slow handler takes up its own place only. Answers when the next letter is due; not at all when
/// there is no room, because room comes with the end of an attempt.
async fn begin_due(inner: &Arc<Inner>, attempts: &mut Attempts) -> Result<Option<DateTime<Utc>>, Error> {
    let handlers = inner.handler_names();
    let now = inner.now();
    let room = ATTEMPTS.saturating_sub(attempts.len());
    if room == 0 {
        return Ok(None);
    }
    let lease_until = clock::after(now, lease(inner));
    let claim =
        ClaimLetters { handlers: handlers.clone(), now, owner: inner.owner.to_string(), lease_until, limit: room };
    let letters = inner.store.backend().claim_letters(claim).await?;
    let full = letters.len() >= room;
    for letter in letters {
        let inner = Arc::clone(inner);
        attempts.spawn(async move {
            attempt::attempt(&inner, letter, lease_until).await;
            inner.note_letter_tried();
        });
    }
    if full { Ok(None) } else { inner.store.backend().next_letter_due(handlers).await }
}

/// Twice the longest time that a handler may take, and a margin.
fn lease(inner: &Inner) -> Duration {
    let longest = inner.catalog.handlers().iter().filter_map(|handler| handler.timeout()).max();
    longest.unwrap_or_default().max(inner.bus.timeout()).saturating_mul(2).saturating_add(LEASE)
}

async fn clean_when_due(inner: &Inner, next_cleaning: &mut DateTime<Utc>) {
    let now = inner.now();
    if now >= *next_cleaning {
        clean(inner, now).await;
        *next_cleaning = now.checked_add_signed(CLEANING).unwrap_or(DateTime::<Utc>::MAX_UTC);
    }
}

/// Removes letters whose retention is over. If that fails, retries go on and the next round of
/// cleaning tries it again.
async fn clean(inner: &Inner, now: DateTime<Utc>) {
    for (status, before) in inner.retention.due(now) {
        match inner.store.backend().purge_letters(LetterPurge { status, before, said: None }).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(%status, removed, "closed letters were removed"),
            Err(error) => {
                tracing::error!(%status, error = &error as &dyn std::error::Error, "closed letters weren't removed")
            }
        }
    }
}

/// Waits until an attempt has ended, a letter is due, letters have changed, it is time to look, or the
/// work is to end.
async fn wait(
    clock: &dyn Clock,
    next_due: Option<DateTime<Utc>>,
    attempts: &mut Attempts,
    changed: &mut LetterNews,
    stopped: &mut watch::Receiver<bool>,
) {
    let mut reasons: Vec<BoxFuture<'_, ()>> = vec![
        Box::pin(tokio::time::sleep(POLL)),
        Box::pin(changed.changed()),
        // An error means that the sender is gone, and the dispatcher with it.
        Box::pin(async { drop(stopped.changed().await) }),
    ];
    if !attempts.is_empty() {
        reasons.push(Box::pin(async { attempts.join_next().await.into_iter().for_each(note_end) }));
    }
    if let Some(due) = next_due {
        reasons.push(clock.sleep_until(due));
    }
    any_of(reasons).await;
}

/// Handlers' panics are caught where they are called: another one would be a fault of the framework. The
/// letter's lease ends by itself.
fn note_end(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(error = &error as &dyn std::error::Error, "an attempt at a letter has panicked");
    }
}
