//! What the derive knows about an event.

use proc_macro2::Ident;
use syn::{DeriveInput, Field, LitStr, Type};

use super::attr::{Attrs, FieldAttrs};
use crate::crate_path::Private;
use crate::ctxt::Ctxt;
use crate::name::{plain, snake_case};
use crate::tokens::type_text;

/// An event, as far as it could be made out. If a mistake was reported, parts are placeholders.
pub(crate) struct Model<'a> {
    /// The struct's name.
    pub(crate) ident: &'a Ident,
    /// The item itself.
    pub(crate) input: &'a DeriveInput,
    /// Where generated code finds the framework.
    pub(crate) private: Private,
    /// The event's name.
    pub(crate) name: String,
    /// The version of its schema.
    pub(crate) version: u32,
    /// Its class.
    pub(crate) kind: Kind,
    /// The aggregate that it belongs to.
    pub(crate) aggregate: Option<String>,
    /// The type of the version before.
    pub(crate) previous: Option<&'a Type>,
    /// Its fields.
    pub(crate) fields: Vec<FieldModel<'a>>,
}

/// The class of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Domain,
    Integration,
    System,
}

impl Kind {
    /// All classes.
    pub(crate) const ALL: [Self; 3] = [Self::Domain, Self::Integration, Self::System];

    /// As the attribute says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Integration => "integration",
            Self::System => "system",
        }
    }
}

/// A field of an event.
pub(crate) struct FieldModel<'a> {
    /// The field itself.
    pub(crate) field: &'a Field,
    /// Its name, without `r#`.
    pub(crate) name: String,
    /// Its type as it is written.
    pub(crate) type_name: String,
    /// What it is to the framework.
    pub(crate) role: Role,
}

/// What a field is to the framework.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Data,
    Id,
    OccurredAt,
}

impl<'a> Model<'a> {
    /// Puts together what the item and its attributes say.
    pub(crate) fn new(input: &'a DeriveInput, attrs: &'a Attrs<'a>, cx: &mut Ctxt) -> Self {
        let container = &attrs.container;
        let name = container.text("name").map_or_else(|| snake_case(&plain(&input.ident)), LitStr::value);
        let version = container.number("version").and_then(|number| u32::try_from(number.value).ok());
        let kind = container.text("kind").map(LitStr::value);
        let kind = Kind::ALL.into_iter().find(|known| kind.as_deref() == Some(known.word()));
        Self {
            ident: &input.ident,
            input,
            private: Private::of(container, cx),
            name,
            version: version.unwrap_or(1),
            kind: kind.unwrap_or(Kind::Domain),
            aggregate: container.text("aggregate").map(LitStr::value),
            previous: container.ty("previous"),
            fields: attrs.fields.iter().map(FieldModel::new).collect(),
        }
    }

    /// The field that identifies the aggregate.
    pub(crate) fn id(&self) -> Option<&'a Field> {
        self.with_role(Role::Id)
    }

    /// The field that says when the event happened.
    pub(crate) fn occurred_at(&self) -> Option<&'a Field> {
        self.with_role(Role::OccurredAt)
    }

    fn with_role(&self, role: Role) -> Option<&'a Field> {
        self.fields.iter().find(|field| field.role == role).map(|field| field.field)
    }
}

impl<'a> FieldModel<'a> {
    fn new(attrs: &FieldAttrs<'a>) -> Self {
        let role = if attrs.entries.key("id").is_some() {
            Role::Id
        } else if attrs.entries.key("occurred_at").is_some() {
            Role::OccurredAt
        } else {
            Role::Data
        };
        Self {
            field: attrs.field,
            name: attrs.field.ident.as_ref().map(plain).unwrap_or_default(),
            type_name: type_text(&attrs.field.ty),
            role,
        }
    }
}
