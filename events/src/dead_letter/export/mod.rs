//! A letter as a file: everything that it takes to try it again elsewhere.

mod wire;

use std::fmt;

use super::DeadLetterQueue;
use crate::error::{Error, ErrorKind};
use crate::event::{Payload, RecordedEvent};
use crate::handler::{Class, ErrorReport};
use crate::id::HandlerName;
use crate::store::{AttemptRecord, LetterId, LetterStatus};

/// A letter taken out of its store, with its event and its attempts: enough to call the handler again
/// on another machine, in a test for one.
///
/// As JSON it is a file to keep and to pass on. **The event's data is in it**: who may not see that may not
/// have the file. `Debug` shows ids and names only.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping { host: String }
/// use events::dead_letter::ExportedLetter;
/// use events::store::LetterQuery;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// # app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such host")));
/// # app.publish(Ping { host: "db-1".into() }).await?;
/// let letters = app.dead_letters();
/// let id = letters.list(LetterQuery::new()).await?[0].id;
/// let file = letters.export(id).await?.to_json()?;
///
/// let letter = ExportedLetter::from_json(&file)?;
/// assert_eq!((letter.id, letter.attempts.len()), (id, 1));
/// assert_eq!(letter.error.as_ref().unwrap().to_string(), "no such host");
/// assert_eq!(letter.event.decode::<Ping>()?.host, "db-1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ExportedLetter {
    /// The letter's number in its store.
    pub id: LetterId,
    /// Where it stood.
    pub status: LetterStatus,
    /// The handler that failed.
    pub handler: HandlerName,
    /// What waits behind it, if the handler is durable and keeps an order.
    pub key: Option<String>,
    /// The build of the program in which the handler failed last.
    pub build: String,
    /// What the last failure means for trying again.
    pub class: Class,
    /// The last error; `None` if the handler only asked to be called later.
    pub error: Option<ErrorReport>,
    /// The failed attempts, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// The event, as it was recorded.
    pub event: RecordedEvent,
    /// The data that an operator has put in place of the event's own, for this handler.
    pub edited: Option<Payload>,
}

impl ExportedLetter {
    /// The newest version of the format, written by [`to_json`](Self::to_json).
    pub const FORMAT_VERSION: u32 = 1;

    /// Reads a letter from the text of its file.
    ///
    /// # Errors
    /// If the text isn't JSON, isn't an exported letter, or was written by a newer version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        wire::read(text)
    }

    /// The text of its file: JSON of several lines, that ends with one.
    ///
    /// # Errors
    /// If it can't be written as JSON, which no letter of a store is.
    pub fn to_json(&self) -> Result<String, Error> {
        wire::write(self)
    }

    /// The event as the handler gets it: with the operator's data, where there is some.
    #[must_use]
    pub fn event_for_handler(&self) -> RecordedEvent {
        match (&self.edited, self.event.metadata().recording()) {
            (Some(edited), Some(recording)) => {
                RecordedEvent::new(self.event.metadata().clone(), recording, edited.clone())
            }
            _ => self.event.clone(),
        }
    }
}

impl fmt::Debug for ExportedLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedLetter")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("handler", &self.handler)
            .field("class", &self.class)
            .field("attempts", &self.attempts.len())
            .field("event", &self.event)
            .field("edited", &self.edited)
            .finish_non_exhaustive()
    }
}

impl DeadLetterQueue {
    /// Takes a copy of a letter, with its event and its attempts, to be replayed elsewhere. The letter
    /// itself stays as it is. [`ExportedLetter`] has an example.
    ///
    /// # Errors
    /// If there is no such letter, its event isn't in the store, or the store can't be read.
    pub async fn export(&self, id: LetterId) -> Result<ExportedLetter, Error> {
        let letter = self
            .get(id)
            .await?
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no letter {id} in this store")))?;
        Ok(ExportedLetter {
            id,
            status: letter.status,
            handler: letter.handler.clone(),
            key: letter.lane.as_ref().and_then(|lane| lane.key.clone()),
            build: letter.build.clone(),
            class: letter.class,
            error: letter.error.clone(),
            attempts: self.attempts(id).await?,
            event: self.event(&letter).await?,
            edited: letter.edited.clone(),
        })
    }
}
