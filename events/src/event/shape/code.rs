//! What the derives call to put a shape together.

pub use super::form::{Field, Variant};

use super::Shape;
use super::form::Form;

/// Named fields; those of a flat field stand among them.
#[must_use]
pub fn object<const N: usize>(fields: [Field; N]) -> Shape {
    Shape(Form::Object(fields.into_iter().flat_map(Field::unfolded).collect()))
}

/// A field.
#[must_use]
pub fn field(name: &'static str, Shape(form): Shape) -> Field {
    let optional = matches!(form, Form::Nullable { may_be_missing: true, .. });
    Field { name, aliases: Vec::new(), optional, id: false, flat: false, form }
}

/// A field whose own fields are those of the object.
#[must_use]
pub fn flat(shape: Shape) -> Field {
    Field { flat: true, ..field("*", shape) }
}

impl Field {
    /// It may be missing.
    #[must_use]
    pub fn or_default(mut self) -> Self {
        self.optional = true;
        self
    }

    /// It is the id of the aggregate.
    #[must_use]
    pub fn id(mut self) -> Self {
        self.id = true;
        self
    }

    /// It is read under this name, too.
    #[must_use]
    pub fn alias(mut self, name: &'static str) -> Self {
        self.aliases.push(name);
        self
    }

    /// Its own fields, if it is flat and has fields; else itself.
    fn unfolded(self) -> Vec<Self> {
        if !self.flat {
            return vec![self];
        }
        match self.form.clone().unmarked() {
            Form::Object(fields) => fields,
            Form::Nullable { form, .. } if matches!(*form, Form::Object(_)) => {
                let fields = Self { form: *form, ..self }.unfolded();
                fields.into_iter().map(Self::or_default).collect()
            }
            _ => vec![self],
        }
    }
}

/// A struct without fields and braces.
#[must_use]
pub fn unit() -> Shape {
    Shape(Form::Word("null"))
}

/// A struct around one value: the value, which can't be missing.
#[must_use]
pub fn newtype(Shape(form): Shape) -> Shape {
    Shape(match form {
        Form::Nullable { form, .. } => Form::Nullable { form, may_be_missing: false },
        other => other,
    })
}

/// Fields without names.
#[must_use]
pub fn tuple<const N: usize>(fields: [Shape; N]) -> Shape {
    Shape(Form::Tuple(fields.into_iter().map(|Shape(form)| form).collect()))
}

/// One of several, told apart in this way.
#[must_use]
pub fn choice<const N: usize>(tagging: &'static str, variants: [Variant; N]) -> Shape {
    Shape(Form::Choice { tagging: tagging.to_owned(), variants: variants.into() })
}

/// One of several.
#[must_use]
pub fn variant(name: &'static str, Shape(form): Shape) -> Variant {
    Variant { name, aliases: Vec::new(), form }
}

/// A variant that is nothing but its name.
#[must_use]
pub fn nothing() -> Shape {
    Shape(Form::Word("nothing"))
}

impl Variant {
    /// It is read under this name, too.
    #[must_use]
    pub fn alias(mut self, name: &'static str) -> Self {
        self.aliases.push(name);
        self
    }
}

/// Something of which only this is known.
#[must_use]
pub fn opaque(text: &'static str) -> Shape {
    Shape(Form::Opaque(text.to_owned()))
}
