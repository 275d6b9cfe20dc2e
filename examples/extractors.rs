//! Arguments of one's own: an extractor written by hand, and a struct of extractors that derives it.
//! What they need is looked for at the start, as what any other argument needs.

use std::sync::{Arc, Mutex, PoisonError};

use events::handler::Requirement;
use events::prelude::*;
use events::{Context, EventContext, ExtractError, FromContext};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "order")]
struct OrderShipped {
    #[event(id)]
    order_id: u64,
    address: String,
}

/// What the shop says, in the languages that it knows.
struct Phrases {
    shipped: Vec<(&'static str, &'static str)>,
}

/// The phrases in the language of the person who acts, which a header names. It can't be put together
/// from other extractors, so it is made from the context by hand.
struct InTheirLanguage<'c> {
    shipped: &'c str,
}

impl<'c> FromContext<'c> for InTheirLanguage<'c> {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        let language = context.metadata().headers().get("language").map_or("en", String::as_str);
        let phrases = context.state::<Phrases>()?;
        let shipped = phrases.shipped.iter().find(|(known, _)| *known == language);
        // The call has failed for good: a second attempt would know no more languages.
        let missing = || ExtractError::new(format!("no phrases in `{language}`: add them to `Phrases`"));
        shipped.map(|(_, shipped)| Self { shipped }).ok_or_else(missing)
    }

    /// Without this, missing phrases would be noticed at the first event only.
    fn requires() -> Requirement {
        Requirement::state::<Phrases>()
    }
}

/// Where messages go.
#[derive(Clone, Default)]
struct Outbox {
    messages: Arc<Mutex<Vec<String>>>,
}

/// What every handler that writes to people takes; each field is an extractor, so it is one too.
#[derive(FromContext)]
struct Writing<'c> {
    phrases: InTheirLanguage<'c>,
    outbox: State<&'c Outbox>,
    metadata: &'c EventMetadata,
    key: IdempotencyKey,
}

impl Writing<'_> {
    fn send(&self, address: &str, text: &str) {
        let message = format!("{address} ({}): {text}", self.metadata.stream());
        println!("{message}\n  sent once, by the key {}", self.key);
        self.outbox.0.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }
}

/// Takes four things by one name.
#[event_handler]
fn tell(event: &OrderShipped, writing: Writing<'_>) {
    writing.send(&event.address, writing.phrases.shipped);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    match EventDispatcher::builder().build() {
        Ok(_) => return Err("it can't be built".into()),
        Err(error) => {
            println!("without any state:\n{error}\n");
            assert_eq!(error.problems().len(), 2, "the phrases and the outbox, from within the struct");
        }
    }

    let (outbox, shipped) = (Outbox::default(), vec![("en", "it is on its way"), ("de", "es ist unterwegs")]);
    let app = EventDispatcher::builder().state(Phrases { shipped }).state(outbox.clone()).start().await?;

    let event = |order_id| OrderShipped { order_id, address: "ada@example.com".to_owned() };
    app.publish(event(1)).await?;
    app.with(Context::new().with_header("language", "de")).publish(event(2)).await?;
    let receipt = app.with(Context::new().with_header("language", "eo")).publish(event(3)).await?;

    let messages = outbox.messages.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(
        messages,
        ["ada@example.com (order/1): it is on its way", "ada@example.com (order/2): es ist unterwegs"]
    );
    for failure in receipt.failures() {
        println!("order/3: {}", failure.error());
    }
    assert_eq!(receipt.failures().len(), 1);
    app.shutdown().await?;
    Ok(())
}
