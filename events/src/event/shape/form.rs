//! The forms that data has in JSON.

/// The form of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// A value without parts, by the word for it.
    Word(&'static str),
    /// Something of which only this is known.
    Opaque(String),
    /// It may be `null`, and as a field it may be missing.
    Nullable { form: Box<Form>, may_be_missing: bool },
    /// Any number of elements.
    List(Box<Form>),
    /// A fixed number of elements.
    Array(usize, Box<Form>),
    /// Keys and values.
    Map(Box<Form>, Box<Form>),
    /// A list whose elements have forms of their own.
    Tuple(Vec<Form>),
    /// Named fields.
    Object(Vec<Field>),
    /// One of several.
    Choice { tagging: String, variants: Vec<Variant> },
    /// A type that contains itself.
    Type { name: &'static str, form: Box<Form> },
    /// Where it does.
    Again(&'static str),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub(super) name: &'static str,
    /// Other names under which it is read.
    pub(super) aliases: Vec<&'static str>,
    /// Whether it may be missing.
    pub(super) optional: bool,
    /// Whether it is the id of the aggregate.
    pub(super) id: bool,
    /// Whether its own fields are those of the object.
    pub(super) flat: bool,
    pub(super) form: Form,
}

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub(super) name: &'static str,
    /// Other names under which it is read.
    pub(super) aliases: Vec<&'static str>,
    pub(super) form: Form,
}

impl Form {
    pub(super) fn nullable(self) -> Self {
        Self::Nullable { form: Box::new(self), may_be_missing: true }
    }

    pub(super) fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// Without the mark of a type that contains itself.
    pub(super) fn unmarked(self) -> Self {
        match self {
            Self::Type { form, .. } => form.unmarked(),
            other => other,
        }
    }
}
