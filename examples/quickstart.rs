//! Registers a user in an SQLite file, `app.db`, and greets her.

use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user")]
struct UserRegistered {
    #[event(id)]
    user_id: Uuid,
    email: String,
}

#[derive(Default, Serialize, Deserialize)]
struct User {
    email: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the user is registered already")]
struct AlreadyRegistered;

#[aggregate(name = "user")]
impl User {
    /// A command: looks at the state, answers with events, changes nothing.
    fn register(user: &AggregateRoot<User>, email: &str) -> Result<UserRegistered, AlreadyRegistered> {
        match user.email {
            Some(_) => Err(AlreadyRegistered),
            None => Ok(UserRegistered { user_id: *user.id(), email: email.to_owned() }),
        }
    }

    /// The only place where the state changes.
    #[when]
    fn registered(&mut self, event: &UserRegistered) {
        self.email = Some(event.email.clone());
    }
}

/// Found at link time, called when the event is recorded.
#[event_handler]
fn audit(event: &UserRegistered, metadata: &EventMetadata) {
    println!("{}: {} has registered", metadata.occurred_at(), event.user_id);
}

/// Durable: called from the log until it succeeds, through crashes and restarts.
#[event_handler(durable(from = "start"))]
async fn greet(event: &UserRegistered) -> std::io::Result<()> {
    println!("welcome, {}!", event.email);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = EventDispatcher::builder().store(EventStore::sqlite("app.db").await?).start().await?;
    let user = app.aggregate::<User>(Uuid::now_v7());
    let receipt = user.execute(|user| User::register(user, "ada@example.com")).await?;
    app.settled(&receipt).await?;
    Ok(app.shutdown().await.map(drop)?)
}
