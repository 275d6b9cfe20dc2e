//! Keywords as names.

use events::{RecordedEvent, State, aggregate, event_handler};
use serde::{Deserialize, Serialize};

/// A keyword as a type, and as fields.
#[expect(non_camel_case_types, reason = "keywords begin with a small letter")]
#[derive(Debug, Default, Serialize, Deserialize, events::DomainEvent)]
#[event(aggregate = "raw.yield", name = "raw.try")]
pub struct r#try {
    /// A keyword that is the id.
    #[event(id)]
    pub r#type: u64,
    /// Another one.
    pub r#match: bool,
}

/// A keyword as an aggregate.
#[expect(non_camel_case_types, reason = "keywords begin with a small letter")]
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct r#yield {
    r#final: bool,
}

#[aggregate(name = "raw.yield")]
impl r#yield {
    #[when]
    fn r#try(&mut self, r#where: &r#try) {
        self.r#final = r#where.r#match;
    }
}

/// A keyword as a handler.
#[event_handler]
pub fn r#match(r#in: &r#try) {
    assert_eq!(r#in.r#type, 7, "there is one");
}

/// A keyword as the handler of all events.
#[event_handler(all)]
pub fn r#loop(r#ref: &RecordedEvent, r#mut: State<&u64>) {
    _ = (r#ref, r#mut);
}

/// A keyword as an extractor, and as its parts.
#[expect(non_camel_case_types, reason = "keywords begin with a small letter")]
#[derive(Debug, events::FromContext)]
pub struct r#dyn<'call> {
    /// A keyword as a part.
    pub r#impl: State<&'call u64>,
}

/// A keyword as the handler with it.
#[event_handler]
pub fn r#while(_: &r#try, r#dyn { r#impl: State(r#as) }: r#dyn<'_>) {
    assert_eq!(*r#as, 7, "as it was given");
}

/// Keywords as methods.
#[derive(Debug)]
pub struct Methods;

#[event_handler(name = "raw_methods")]
impl Methods {
    fn r#fn(&self, _: &r#try) {}

    async fn r#async(&self, _: &r#try) {}
}
