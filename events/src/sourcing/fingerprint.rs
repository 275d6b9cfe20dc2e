//! Whether a snapshot fits the code that loads it.
//!
//! The fingerprint covers the names of the state's fields, the text of the `#[when]` methods and
//! the number of `fold_version`. It doesn't see into functions that those methods call, nor into
//! the types of the fields: a change there wants a new `fold_version`. What it misses and the JSON
//! reader notices is rebuilt all the same.

use serde::de::{Deserializer, Error as _, Visitor, value::Error as ProbeError};
use serde::forward_to_deserialize_any;

use super::Aggregate;
use crate::hash::Fnv;

/// The fingerprint of an aggregate's fold.
pub(crate) fn fingerprint<A: Aggregate>() -> u64 {
    let mut hash = Fnv::new();
    hash.write(&A::DESCRIPTOR.fold_hash().to_string());
    hash.write(A::DESCRIPTOR.name());
    // The probe always ends in an error; the fields are what it has noted on its way.
    let _probed = A::deserialize(Probe(&mut hash)).is_ok();
    hash.finish()
}

/// Notes the name and the fields of a struct that wants to be read, and gives it nothing.
struct Probe<'h>(&'h mut Fnv);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = ProbeError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeError> {
        Err(ProbeError::custom("a probe has no data"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeError> {
        self.0.write(name);
        fields.iter().for_each(|field| self.0.write(field));
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ProbeError> {
        self.0.write(name);
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
