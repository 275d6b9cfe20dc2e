//! The identity of a stream, and what may serve as an aggregate's id.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::{AggregateName, EventId};

/// A type that identifies an aggregate: `Uuid`, `String`, integers, or a newtype over one of them.
///
/// ```
/// use events::{AggregateId, StreamKey};
/// use uuid::Uuid;
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct UserId(Uuid);
///
/// impl AggregateId for UserId {
///     fn stream_key(&self) -> StreamKey { self.0.stream_key() }
/// }
///
/// assert_eq!(UserId(Uuid::nil()).stream_key(), Uuid::nil().stream_key());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't identify an aggregate",
    label = "needs `AggregateId`",
    note = "use `Uuid`, `String` or an integer, or write `impl AggregateId for {Self}` with `fn stream_key(&self) -> StreamKey {{ self.0.stream_key() }}`"
)]
pub trait AggregateId: Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The id as the second half of a [`StreamId`]. Equal ids must have equal keys.
    fn stream_key(&self) -> StreamKey;
}

/// An aggregate's id in the form the store keeps: text, held without an allocation where the text
/// is a UUID or a number.
///
/// Two keys are equal when their texts are, whatever they were made from.
///
/// ```
/// use events::StreamKey;
///
/// assert_eq!(StreamKey::from(42_u64), StreamKey::from("42"));
/// assert_ne!(StreamKey::from(42_u64), StreamKey::from("042"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StreamKey(Key);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Uuid(Uuid),
    Number(u64),
    Text(Arc<str>),
}

impl From<Uuid> for StreamKey {
    fn from(id: Uuid) -> Self {
        Self(Key::Uuid(id))
    }
}

impl From<u64> for StreamKey {
    fn from(id: u64) -> Self {
        Self(Key::Number(id))
    }
}

impl From<&str> for StreamKey {
    /// Takes the text as it is, and finds the compact form when it is one exactly.
    fn from(text: &str) -> Self {
        if let Some(id) = canonical_uuid(text) {
            return Self(Key::Uuid(id));
        }
        match canonical_number(text) {
            Some(number) => Self(Key::Number(number)),
            None => Self(Key::Text(text.into())),
        }
    }
}

/// Only the spelling that `Display` gives back: lower case, with hyphens.
fn canonical_uuid(text: &str) -> Option<Uuid> {
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Uuid::try_parse(text).ok()
}

/// Only the spelling that `Display` gives back: no sign, no leading zero.
fn canonical_number(text: &str) -> Option<u64> {
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if leading_zero || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Uuid(id) => fmt::Display::fmt(id, f),
            Key::Number(number) => fmt::Display::fmt(number, f),
            Key::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for StreamKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StreamKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

impl AggregateId for StreamKey {
    fn stream_key(&self) -> StreamKey {
        self.clone()
    }
}

impl AggregateId for Uuid {
    fn stream_key(&self) -> StreamKey {
        StreamKey::from(*self)
    }
}

/// The id of an event that is a stream of its own.
impl AggregateId for EventId {
    fn stream_key(&self) -> StreamKey {
        StreamKey::from(self.as_uuid())
    }
}

impl AggregateId for String {
    fn stream_key(&self) -> StreamKey {
        StreamKey::from(self.as_str())
    }
}

macro_rules! integer_ids {
    ($($unsigned:ty)* ; $($signed:ty)*) => {
        $(impl AggregateId for $unsigned {
            fn stream_key(&self) -> StreamKey {
                StreamKey::from(u64::from(*self))
            }
        })*
        $(impl AggregateId for $signed {
            fn stream_key(&self) -> StreamKey {
                match u64::try_from(*self) {
                    Ok(number) => StreamKey::from(number),
                    Err(_) => StreamKey::from(self.to_string().as_str()),
                }
            }
        })*
    };
}

integer_ids!(u8 u16 u32 u64; i8 i16 i32 i64 i128 u128 usize isize);

/// A stream: all events of one aggregate, in order. Written `user/42`.
///
/// ```
/// use events::StreamId;
///
/// let stream = StreamId::new("user", &42_u64);
/// assert_eq!(stream.to_string(), "user/42");
/// assert_eq!(stream.aggregate().as_str(), "user");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StreamId {
    aggregate: AggregateName,
    id: StreamKey,
}

impl StreamId {
    /// The stream of the aggregate of that name and id.
    ///
    /// Names and ids that a store would refuse (empty, too long, with control characters) are
    /// refused by [`EventStore::append`](crate::store::EventStore::append), before anything is written.
    #[must_use]
    pub fn new(aggregate: impl Into<AggregateName>, id: &impl AggregateId) -> Self {
        Self { aggregate: aggregate.into(), id: id.stream_key() }
    }

    /// The kind of aggregate.
    #[must_use]
    pub fn aggregate(&self) -> &AggregateName {
        &self.aggregate
    }

    /// The aggregate's id.
    #[must_use]
    pub fn id(&self) -> &StreamKey {
        &self.id
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate, self.id)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_equal_when_their_texts_are() {
        let id = Uuid::from_u128(0xabc);
        assert_eq!(StreamKey::from(id), StreamKey::from(id.to_string().as_str()));
        assert_ne!(StreamKey::from(id), StreamKey::from(id.to_string().to_uppercase().as_str()));
        assert_eq!((-3_i32).stream_key(), StreamKey::from("-3"));
        assert_eq!(u128::MAX.stream_key().to_string(), u128::MAX.to_string());
    }

    #[test]
    fn a_key_keeps_its_text() {
        for text in ["", "0", "00", "+1", "18446744073709551616", "a/b", "{00000000-0000-0000-0000-000000000007}"] {
            assert_eq!(StreamKey::from(text).to_string(), text);
        }
    }
}
