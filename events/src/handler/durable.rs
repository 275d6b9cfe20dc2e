//! How a durable handler is run: from where, in which order, and what its failures do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::ErasedEvent;

/// Where a durable handler begins when the store meets it for the first time.
///
/// ```
/// use events::handler::BeginsAt;
///
/// assert_eq!(BeginsAt::Start.to_string(), "start");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BeginsAt {
    /// With the first event of the log: it handles all history.
    Start,
    /// With the first event after its registration.
    Now,
}

impl BeginsAt {
    /// As one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Now => "now",
        }
    }
}

impl fmt::Display for BeginsAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which events of a durable handler wait for each other.
///
/// ```
/// use events::handler::Order;
///
/// assert!(matches!(Order::default(), Order::Stream));
/// ```
#[derive(Clone, Copy, Default)]
pub enum Order {
    /// Those of one stream: `order = "stream"`.
    #[default]
    Stream,
    /// Those of equal keys, which a function makes of the event: `order = key(field)`. An event that
    /// the function doesn't know keeps the order of its stream.
    Key(fn(&dyn ErasedEvent) -> Option<String>),
    /// All of them: `order = "global"`. A failure stops the handler until it is overcome.
    Global,
    /// None: `order = "none"`.
    None,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stream => "Stream",
            Self::Key(_) => "Key",
            Self::Global => "Global",
            Self::None => "None",
        })
    }
}

/// What becomes of later events when a letter's attempts are used up.
///
/// ```
/// use events::handler::OnExhausted;
///
/// assert_eq!(OnExhausted::default(), OnExhausted::Park);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnExhausted {
    /// Those of the same key go on waiting until an operator has decided: `on_exhausted = "park"`.
    #[default]
    Park,
    /// They are handled; the letter is dead: `on_exhausted = "continue"`.
    Continue,
    /// The handler stops as a whole, and says so: `on_exhausted = "halt"`.
    Halt,
}

/// What a durable handler says about its delivery.
///
/// ```
/// use events::handler::{BeginsAt, DurableSpec};
///
/// let spec = DurableSpec { partitions: 4, ..DurableSpec::new(BeginsAt::Start) };
/// assert_eq!(spec.concurrency, 16);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DurableSpec {
    /// Where it begins.
    pub from: BeginsAt,
    /// Which events wait for each other.
    pub order: Order,
    /// What becomes of later events when a letter's attempts are used up.
    pub on_exhausted: OnExhausted,
    /// Over how many lanes, and so over how many processes at most, its keys are spread.
    pub partitions: u32,
    /// How many events of different keys a lane handles at the same time.
    pub concurrency: u32,
    /// How many events a handler of `&[Envelope<'_, E>]` is called with at once, at most; `None` for one
    /// of single events.
    pub batch: Option<u32>,
    /// Its version. From the second on it is in the handler's name, as in `send_welcome@2`: the store keeps
    /// it beside the earlier ones.
    pub version: u32,
    /// The name it had before.
    pub renamed_from: Option<&'static str>,
}

impl DurableSpec {
    /// One lane, in the order of streams, sixteen streams at the same time; later events of a stream
    /// wait behind a dead letter.
    #[must_use]
    pub const fn new(from: BeginsAt) -> Self {
        Self {
            from,
            order: Order::Stream,
            on_exhausted: OnExhausted::Park,
            partitions: 1,
            concurrency: 16,
            batch: None,
            version: 1,
            renamed_from: None,
        }
    }
}
