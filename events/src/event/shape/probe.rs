//! The shape of a field's type, whether it has one or not.
//!
//! The derives know types by their names only, and want no bound on them. So they call a method that
//! three traits have, on a reference to a reference: the compiler takes the first that fits. This
//! works where the type is known, which it is in generated code. The method has a name that no trait
//! of a user has.

use std::marker::PhantomData;

use super::form::Form;
use super::{EventShape, Shape, Shapes};

/// A type that may have a shape, with its name as the source has it.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(&'static str, PhantomData<T>);

impl<T: ?Sized> Probe<T> {
    /// The type by its name.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text, PhantomData)
    }

    /// The name of the type in the angle brackets of this one.
    fn inner(&self) -> Form {
        let inner = self.0.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>'));
        Form::Opaque(inner.map_or(self.0, |(inner, _)| inner).to_owned())
    }
}

/// First: the type has a shape.
pub trait ViaShape {
    /// The shape.
    fn __event_shape(&self, shapes: &mut Shapes) -> Shape;
}

impl<T: EventShape + ?Sized> ViaShape for &&Probe<T> {
    fn __event_shape(&self, shapes: &mut Shapes) -> Shape {
        T::shape(shapes)
    }
}

/// Then: it is a wrapper, whose form is known where that of its content isn't.
pub trait ViaWrapper {
    /// The shape.
    fn __event_shape(&self, shapes: &mut Shapes) -> Shape;
}

impl<T> ViaWrapper for &Probe<Option<T>> {
    fn __event_shape(&self, _: &mut Shapes) -> Shape {
        Shape(self.inner().nullable())
    }
}

impl<T> ViaWrapper for &Probe<Vec<T>> {
    fn __event_shape(&self, _: &mut Shapes) -> Shape {
        Shape(self.inner().list())
    }
}

/// Last: nothing is known of it but its name.
pub trait ViaName {
    /// The shape.
    fn __event_shape(&self, shapes: &mut Shapes) -> Shape;
}

impl<T: ?Sized> ViaName for Probe<T> {
    fn __event_shape(&self, _: &mut Shapes) -> Shape {
        Shape(Form::Opaque(self.0.to_owned()))
    }
}
