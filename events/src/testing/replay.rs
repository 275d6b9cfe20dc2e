//! A letter that was exported, tried again in a test.

use std::future::IntoFuture;
use std::path::Path;

use crate::catalog::HandlerRegistry;
use crate::dead_letter::ExportedLetter;
use crate::dispatcher::{self, EventDispatcher, EventDispatcherBuilder};
use crate::event::Shareable;
use crate::handler::{Attempt, BoxFuture, HandlerRegistration, HandlerResult};
use crate::store::EventStore;

/// Calls the handler of an exported letter with the letter's event, as a dispatcher would: its next
/// attempt, with the data that an operator has put in place of the event's own if there is some. Awaited,
/// it answers what came of that.
///
/// The handler is found by its name among those that are linked; no other is called, so only its state is
/// needed. Nothing is written about the letter. What the handler writes through `Tx` is rolled back; what
/// it emits or publishes goes to a store in memory, or to [the one that it is given](LetterReplay::store).
///
/// # Panics
/// If there is no such file, or it isn't one that
/// [`DeadLetterQueue::export`](crate::DeadLetterQueue::export) has made. Awaited, if the handler isn't
/// linked, lacks its state, or takes a `Tx` that the store doesn't lend.
///
/// # Examples
/// ```standalone_crate
/// use events::prelude::*;
/// use events::store::LetterQuery;
/// use events::testing::replay_letter;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Invited {
///     host: String,
/// }
///
/// struct Hosts(Vec<&'static str>);
///
/// #[event_handler]
/// async fn invite(event: &Invited, State(hosts): State<&Hosts>) -> Result<(), HandlerError> {
///     let known = hosts.0.iter().any(|host| *host == event.host);
///     if known { Ok(()) } else { Err(HandlerError::permanent("no such host")) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("letter.json");
/// # let app = EventDispatcher::builder().state(Hosts(vec![])).build()?;
/// # app.publish(Invited { host: "db-1".into() }).await?;
/// # let letters = app.dead_letters();
/// # let id = letters.list(LetterQuery::new()).await?[0].id;
/// # std::fs::write(&file, letters.export(id).await?.to_json()?)?;
/// // The file is what an operator has exported.
/// let failed = replay_letter(&file).state(Hosts(vec![])).await;
/// assert_eq!(failed.unwrap_err().class(), Class::Permanent);
/// let mended = replay_letter(&file).state(Hosts(vec!["db-1"])).await;
/// assert!(mended.is_ok());
/// # Ok(())
/// # }
/// ```
pub fn replay_letter(file: impl AsRef<Path>) -> LetterReplay {
    let file = file.as_ref();
    let text = std::fs::read_to_string(file);
    let text = text.unwrap_or_else(|error| refused(format_args!("{} can't be read: {error}", file.display())));
    let letter = ExportedLetter::from_json(&text);
    LetterReplay::of(letter.unwrap_or_else(|error| refused(format_args!("{}: {error}", file.display()))))
}

/// A letter that is about to be tried again; see [`replay_letter`].
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use events::store::LetterQuery;
/// # use serde::{Deserialize, Serialize};
/// use events::testing::LetterReplay;
///
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// #[event_handler]
/// fn pong(_: &Ping, attempt: Attempt) -> Result<(), &'static str> {
///     if attempt.is_first() { Err("not yet") } else { Ok(()) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().build()?;
/// app.publish(Ping).await?;
/// let letters = app.dead_letters();
/// let id = letters.list(LetterQuery::new()).await?[0].id;
/// assert!(LetterReplay::of(letters.export(id).await?).await.is_ok());
/// # Ok(())
/// # }
/// ```
#[must_use = "the handler is called when this is awaited"]
pub struct LetterReplay {
    letter: ExportedLetter,
    registry: HandlerRegistry,
    builder: EventDispatcherBuilder,
}

impl LetterReplay {
    /// Of a letter that isn't in a file.
    pub fn of(letter: ExportedLetter) -> Self {
        Self { letter, registry: HandlerRegistry::linked(), builder: EventDispatcher::builder() }
    }

    /// Looks for the handler among others than those that are linked.
    pub fn handlers(mut self, registry: HandlerRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Gives the handler a state.
    pub fn state<T: Shareable>(mut self, value: T) -> Self {
        self.builder = self.builder.state(value);
        self
    }

    /// The store that lends the handler its transaction, and that gets what the handler publishes. The
    /// letter needn't be from it.
    pub fn store(mut self, store: EventStore) -> Self {
        self.builder = self.builder.store(store);
        self
    }

    async fn run(self) -> HandlerResult {
        let Self { letter, registry, builder } = self;
        let handlers = registry.resolve();
        let of_letter = |handler: &HandlerRegistration| {
            let former = handler.durable().and_then(|durable| durable.renamed_from);
            letter.handler == handler.name() || former.is_some_and(|former| letter.handler == former)
        };
        let Some(handler) = handlers.iter().copied().find(|handler| of_letter(handler)) else {
            let known: Vec<_> = handlers.iter().map(|handler| handler.name()).collect();
            refused(format_args!("no handler is named `{}`; there are: {}", letter.handler, known.join(", ")))
        };
        // A handler that is linked twice is one, and which copy has the state is seen there.
        let copies = handlers.iter().copied().filter(|copy| copy.name() == handler.name());
        let app = builder.handlers(HandlerRegistry::only(copies)).build();
        let app = app.unwrap_or_else(|error| refused(format_args!("{error}")));
        let attempt = u32::try_from(letter.attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
        let event = letter.event_for_handler();
        match dispatcher::replay(&app, &handler.handler_name(), &event, Attempt::new(attempt)).await {
            Ok(Some(result)) => result,
            Ok(None) => refused(format_args!("handler `{}` takes no `{}`", handler.name(), event.name())),
            Err(error) => refused(format_args!("the store lends no transaction, give one by `.store(…)`: {error}")),
        }
    }
}

impl IntoFuture for LetterReplay {
    type Output = HandlerResult;
    type IntoFuture = BoxFuture<'static, HandlerResult>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

#[expect(clippy::panic, reason = "it is an assertion")]
#[track_caller]
fn refused(reason: std::fmt::Arguments<'_>) -> ! {
    panic!("the letter can't be replayed: {reason}")
}
