//! Domain events for Rust: annotate, publish, store, handle, replay, dead-letter.
//!
//! - `#[derive(DomainEvent)]` makes a struct an event with a stable name and a schema version.
//! - `#[event_handler]` makes a function a handler that registers itself at link time.
//! - `#[aggregate]` makes an impl block an event-sourced aggregate: its state is a fold over events.
//!
//! # Quick start
//!
//! ```standalone_crate
//! use events::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, DomainEvent)]
//! #[event(aggregate = "user")]
//! struct UserRegistered {
//!     #[event(id)]
//!     user_id: Uuid,
//!     email: String,
//! }
//!
//! #[derive(Default, Serialize, Deserialize)]
//! struct User {
//!     email: Option<String>,
//! }
//!
//! #[aggregate(name = "user")]
//! impl User {
//!     fn register(user: &AggregateRoot<User>, email: &str) -> Result<UserRegistered, &'static str> {
//!         match user.email {
//!             Some(_) => Err("registered already"),
//!             None => Ok(UserRegistered { user_id: *user.id(), email: email.to_owned() }),
//!         }
//!     }
//!
//!     #[when]
//!     fn registered(&mut self, event: &UserRegistered) {
//!         self.email = Some(event.email.clone());
//!     }
//! }
//!
//! #[event_handler]
//! fn greet(event: &UserRegistered, metadata: &EventMetadata) {
//!     println!("{}: welcome, {}!", metadata.stream(), event.email);
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = EventDispatcher::builder().store(EventStore::memory()).start().await?;
//! let user = app.aggregate::<User>(Uuid::now_v7());
//! let receipt = user.execute(|user| User::register(user, "ada@example.com")).await.expect("a new user");
//! assert_eq!(receipt.delivery().handled(), 1);
//! assert!(user.execute(|user| User::register(user, "ada@example.com")).await.is_err());
//! app.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is registered
//!
//! Events, aggregates and handlers register themselves at link time. The one thing to know: a crate
//! that the program never names is left out by the linker, and what it would register with it. So
//! name each crate that has handlers once, `events::link!(billing, shipping);` ([`link!`]), in the
//! program and in each integration test. [`catalog()`] lists what is there; [`mod@catalog`] has the
//! cases in a table.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | *event* | a fact that has happened: a struct with `#[derive(DomainEvent)]` |
//! | *event name*, *schema version* | the identity of an event type in the store: [`EventName`], [`SchemaVersion`] |
//! | *metadata* | what belongs to one occurrence: who, when, where, why ([`EventMetadata`]) |
//! | *envelope* | an event together with its metadata ([`Envelope`]) |
//! | *stream* | all events of one aggregate, in order ([`StreamId`]); an event without an aggregate is a stream of its own |
//! | *version*, *position* | an event's place in its stream ([`Version`]) and in the log of the whole store ([`Position`]) |
//! | *aggregate* | a state that is a fold over its stream ([`Aggregate`], [`AggregateRoot`]) |
//! | *command* | a function that looks at an aggregate and answers with events |
//! | *commit* | events that are recorded together or not at all; its [`Receipt`] says what came of it |
//! | *handler* | what is called with an event ([`EventHandler`], `#[event_handler]`) |
//! | *extractor* | an argument of a handler, made from what surrounds the call ([`FromContext`]) |
//! | *cause* | the event being handled while another one is published ([`Cause`]) |
//! | *dead letter* | the record of an event that a handler has failed on ([`DeadLetterQueue`]) |
//! | *redrive* | trying dead letters again |
//! | *run* | a redrive of many letters, one after the other ([`dead_letter::Run`]) |
//! | *operation* | what an operator has done or asked for, with who, when, why and result ([`store::Operation`]) |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `macros` | yes | the derive and the two attributes |
//! | `inventory` | yes | registration at link time; without it name handlers by [`handlers!`] |
//! | `sqlite` | yes | the store in an SQLite file ([`EventStore::sqlite`]) |
//! | `cli` | no | the operator's tool: the program `events`, for stores of both sorts |
//! | `testing` | no | the test kit, and the contract suite for stores |
//! | `nutrition` | no | the included domain |

#![cfg_attr(docsrs, feature(doc_cfg))]

// Generated code names `::events::…`, in this crate too.
extern crate self as events;

mod hash;
mod text;

pub mod bus;
pub mod catalog;
pub mod clock;
pub mod commit;
pub mod dead_letter;
pub mod delivery;
pub mod dispatcher;
pub mod error;
pub mod event;
pub mod handler;
pub mod id;
#[cfg(feature = "nutrition")]
pub mod nutrition;
pub mod prelude;
pub mod sourcing;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use bus::{AsyncEventBus, EventBus, Subscription};
pub use catalog::{Catalog, HandlerRegistry, Problem, StartError, catalog};
pub use commit::{CommitStatus, Receipt};
pub use dead_letter::{Audit, DeadLetterQueue, Retention};
pub use delivery::{DurableHandlers, Lag};
pub use dispatcher::{EventDispatcher, emit, publish, publish_blocking};
pub use error::{BoxError, Error, ErrorKind};
pub use event::{
    Cause, Context, DecodeError, DomainEvent, Envelope, EventDescriptor, EventMetadata, EventShape, EventType, InCause,
    RecordedEvent,
};
#[cfg(feature = "macros")]
pub use events_macros::{DomainEvent, EventShape, FromContext, aggregate, event_handler, when};
pub use handler::{
    AsyncEventHandler, Attempt, Class, Classify, Delivery, Disposition, EventContext, EventHandler, ExtractError,
    FromContext, HandlerError, HandlerFailure, IdempotencyKey, Outcome, Replay, RetryPolicy, State, Subscriber,
    SyncSubscriber, Tx,
};
pub use id::{
    Actor, AggregateId, AggregateName, CorrelationId, EventId, EventName, HandlerName, Position, ProcessId,
    SchemaVersion, StreamId, StreamKey, Tenant, Version,
};
pub use sourcing::{Aggregate, AggregateHandle, AggregateRoot, EventSourcing, ExecuteError, IntoEvents};
pub use store::EventStore;
