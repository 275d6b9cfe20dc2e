//! Shapes where nothing is in scope, and where what is in scope is something else.

#![no_implicit_prelude]
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::type_repetition_in_bounds,
    reason = "what the hand-written code of this module does"
)]

use ::core::prelude::v1::derive;
use ::serde::{Deserialize, Serialize};

macro_rules! in_the_way {
    ($($name:ident)*) => {
        $(
            #[expect(dead_code, reason = "it is only in the way")]
            struct $name;
        )*
    };
}

in_the_way! { Probe Shapes Shape Self_ String Option Vec Field ViaShape }

/// Not the one that generated code means.
#[expect(dead_code, reason = "it is only in the way")]
trait EventShape {
    fn shape(&self);
}

impl<T: ?::core::marker::Sized> EventShape for T {
    fn shape(&self) {}
}

/// A picture was drawn.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(name = "shapes.drawn", no_stream)]
pub struct Drawn {
    /// A type without a shape.
    pub frame: Frame,
    /// A field with a keyword as its name.
    pub r#type: Style,
    /// A generic type.
    pub layers: Layers<'static, ::core::primitive::u8, 2>,
    /// A name from a macro.
    pub named: Named,
    /// One that is there in no build.
    #[cfg(any())]
    pub nowhere: Nowhere,
    /// A type of the standard library.
    pub title: ::std::option::Option<::std::string::String>,
}

/// Has no shape.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Frame;

/// Variants of all kinds.
#[derive(Debug, Serialize, Deserialize, ::events::EventShape)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "others make it")]
pub enum Style {
    /// A keyword.
    r#Dyn,
    /// Fields without names.
    Mixed(::core::primitive::u8, Frame),
    /// Fields with names.
    Own {
        /// A keyword.
        r#fn: ::core::primitive::u8,
    },
}

/// Parameters of all kinds, with bounds.
#[derive(Debug, Serialize, Deserialize, ::events::EventShape)]
#[serde(bound(deserialize = "T: ::serde::de::DeserializeOwned"))]
pub struct Layers<'text, T: ::core::clone::Clone, const N: ::core::primitive::usize>
where
    T: ::core::marker::Copy,
{
    /// A parameter.
    pub first: T,
    /// Borrowed text, with a lifetime.
    pub text: ::std::borrow::Cow<'text, ::core::primitive::str>,
}

macro_rules! named {
    ($name:ident, $field:ident: $type:ty) => {
        /// By a macro.
        #[derive(Debug, Serialize, Deserialize, ::events::EventShape)]
        pub struct $name {
            /// Its field.
            pub $field: $type,
        }
    };
}

named!(Named, list: ::std::vec::Vec<Frame>);

/// On its way out, as its field is.
#[deprecated(note = "nobody draws these")]
#[derive(Debug, Serialize, Deserialize, ::events::EventShape)]
pub struct Etching {
    /// Gone soon.
    #[deprecated(note = "nobody scratches any more")]
    pub scratches: ::core::primitive::u32,
}
