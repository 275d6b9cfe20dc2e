//! What an event's data looks like in the store, as far as its type tells.
//!
//! `#[derive(DomainEvent)]` derives the shape of the event, `#[derive(EventShape)]` that of a type in
//! it. A shape is made when it is asked for; nothing else pays for it. Where the form that is written
//! and the form that is read differ, the shape is the one that is read: it decides whether stored
//! events can be.

pub(crate) mod code;
mod fact;
mod form;
mod known;
pub(crate) mod probe;

pub(crate) use self::fact::Fact;

use std::fmt;

use self::form::Form;

/// A type whose stored form is known, so that `events.lock` can tell when it changes.
///
/// Derive it for the types that events are made of. Serde's attributes are respected: the names are
/// those in the store, a field with a default or an `Option` may be missing. The types of the
/// standard library, `Uuid` and the times of `chrono` have a shape; every other type is opaque, and
/// goes by its name. A type with a `Serialize` of its own says which type it is stored as:
///
/// ```
/// use events::EventShape;
/// use events::event::{Shape, Shapes};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, EventShape)]
/// struct Money {
///     #[serde(rename = "minor")]
///     minor_units: i64,
///     currency: Option<Currency>,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(try_from = "String", into = "String")]
/// struct Currency([u8; 3]);
///
/// impl EventShape for Currency {
///     fn shape(shapes: &mut Shapes) -> Shape { String::shape(shapes) }
/// }
/// # impl Clone for Currency { fn clone(&self) -> Self { Self(self.0) } }
/// # impl From<Currency> for String { fn from(it: Currency) -> String { String::from_utf8_lossy(&it.0).into() } }
/// # impl TryFrom<String> for Currency {
/// #     type Error = &'static str;
/// #     fn try_from(text: String) -> Result<Self, &'static str> {
/// #         text.into_bytes().try_into().map(Currency).map_err(|_| "three letters")
/// #     }
/// # }
///
/// assert_eq!(Shape::of::<Money>().to_string(), "currency?: text or null\nminor: i64\n");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no shape",
    label = "needs `EventShape`",
    note = "add `#[derive(EventShape)]` to `{Self}`, or write `impl EventShape` that answers with the shape of the type that it is stored as"
)]
pub trait EventShape {
    /// The stored form; `shapes` is handed on to the types that this one is made of.
    fn shape(shapes: &mut Shapes) -> Shape;
}

/// The stored form of a type. `Display` prints a line for each part of it, as `events.lock` has them.
///
/// ```
/// use events::event::Shape;
///
/// assert_eq!(Shape::of::<Vec<u8>>().to_string(), ".: list\n.[]: u8\n");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Shape(Form);

impl Shape {
    /// The shape of a type.
    #[must_use]
    pub fn of<T: EventShape + ?Sized>() -> Self {
        T::shape(&mut Shapes::new())
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        fact::facts(&self.0)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts().iter().try_for_each(|fact| writeln!(f, "{fact}"))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.facts().iter().map(ToString::to_string)).finish()
    }
}

/// The types whose shapes are being made, so that one that contains itself comes to an end.
///
/// ```
/// use events::EventShape;
/// use events::event::Shape;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, EventShape)]
/// struct Comment {
///     text: String,
///     answers: Vec<Comment>,
/// }
///
/// #[derive(Serialize, Deserialize, EventShape)]
/// struct Thread {
///     first: Comment,
/// }
///
/// let shape = Shape::of::<Thread>().to_string();
/// assert!(shape.contains("first.answers[]: like first\n"));
/// ```
#[derive(Debug)]
pub struct Shapes {
    /// Their names, and whether each was met in itself.
    under_way: Vec<(&'static str, bool)>,
}

impl Shapes {
    pub(crate) fn new() -> Self {
        Self { under_way: Vec::new() }
    }

    /// The shape of a derived type; called by the derives.
    #[doc(hidden)]
    pub fn of<T: ?Sized>(&mut self, shape: impl FnOnce(&mut Self) -> Shape) -> Shape {
        let name = std::any::type_name::<T>();
        if let Some((_, met)) = self.under_way.iter_mut().find(|(other, _)| *other == name) {
            *met = true;
            return Shape(Form::Again(name));
        }
        self.under_way.push((name, false));
        let Shape(form) = shape(self);
        match self.under_way.pop() {
            Some((_, true)) => Shape(Form::Type { name, form: Box::new(form) }),
            _ => Shape(form),
        }
    }
}
