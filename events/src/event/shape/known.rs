//! The types whose stored form serde and their own crates have settled.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
    NonZeroU128,
};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Weekday};
use uuid::Uuid;

use super::form::Form;
use super::{EventShape, Shape, Shapes};
use crate::id::{
    Actor, AggregateName, CorrelationId, EventId, EventName, HandlerName, Position, SchemaVersion, StreamKey, Tenant,
    Version,
};

macro_rules! words {
    ($($word:literal: $($type:ty),+;)+) => {
        $($(
            impl EventShape for $type {
                fn shape(_: &mut Shapes) -> Shape {
                    Shape(Form::Word($word))
                }
            }
        )+)+
    };
}

words! {
    "bool": bool;
    "u8": u8;
    "u16": u16;
    "u32": u32, SchemaVersion;
    "u64": u64, usize, Position, Version;
    "u128": u128;
    "i8": i8;
    "i16": i16;
    "i32": i32;
    "i64": i64, isize;
    "i128": i128;
    "u8 but not 0": NonZeroU8;
    "u16 but not 0": NonZeroU16;
    "u32 but not 0": NonZeroU32;
    "u64 but not 0": NonZeroU64;
    "u128 but not 0": NonZeroU128;
    "i8 but not 0": NonZeroI8;
    "i16 but not 0": NonZeroI16;
    "i32 but not 0": NonZeroI32;
    "i64 but not 0": NonZeroI64;
    "i128 but not 0": NonZeroI128;
    "f32": f32;
    "f64": f64;
    "character": char;
    "text": str, String, PathBuf, Actor, AggregateName, EventName, HandlerName, StreamKey, Tenant;
    "null": ();
    "seconds and nanoseconds": Duration;
    "uuid": Uuid, EventId, CorrelationId;
    "date": NaiveDate;
    "time of day": NaiveTime;
    "date and time of day": NaiveDateTime;
    "weekday": Weekday;
    "month": Month;
    "any JSON": serde_json::Value;
}

impl<Tz: TimeZone> EventShape for DateTime<Tz> {
    fn shape(_: &mut Shapes) -> Shape {
        Shape(Form::Word("time"))
    }
}

impl<T: EventShape> EventShape for Option<T> {
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape(T::shape(shapes).0.nullable())
    }
}

macro_rules! as_content {
    ($([$($generics:tt)*] $type:ty;)+) => {
        $(
            impl<$($generics)*> EventShape for $type {
                fn shape(shapes: &mut Shapes) -> Shape {
                    T::shape(shapes)
                }
            }
        )+
    };
}

as_content! {
    [T: EventShape + ?Sized] Box<T>;
    [T: EventShape + ?Sized] Arc<T>;
    [T: EventShape + ?Sized] Rc<T>;
    [T: EventShape + ToOwned + ?Sized] Cow<'_, T>;
}

macro_rules! lists {
    ($([$($generics:tt)*] $type:ty;)+) => {
        $(
            impl<$($generics)*> EventShape for $type {
                fn shape(shapes: &mut Shapes) -> Shape {
                    Shape(T::shape(shapes).0.list())
                }
            }
        )+
    };
}

lists! {
    [T: EventShape] [T];
    [T: EventShape] Vec<T>;
    [T: EventShape] VecDeque<T>;
    [T: EventShape] LinkedList<T>;
    [T: EventShape] BinaryHeap<T>;
    [T: EventShape] BTreeSet<T>;
    [T: EventShape, S] HashSet<T, S>;
}

macro_rules! maps {
    ($([$($generics:tt)*] $type:ty;)+) => {
        $(
            impl<$($generics)*> EventShape for $type {
                fn shape(shapes: &mut Shapes) -> Shape {
                    let key = K::shape(shapes).0;
                    Shape(Form::Map(Box::new(key), Box::new(V::shape(shapes).0)))
                }
            }
        )+
    };
}

maps! {
    [K: EventShape, V: EventShape] BTreeMap<K, V>;
    [K: EventShape, V: EventShape, S] HashMap<K, V, S>;
}

impl<T: EventShape, const N: usize> EventShape for [T; N] {
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape(Form::Array(N, Box::new(T::shape(shapes).0)))
    }
}

macro_rules! tuples {
    ($(($($name:ident),+))+) => {
        $(
            impl<$($name: EventShape),+> EventShape for ($($name,)+) {
                fn shape(shapes: &mut Shapes) -> Shape {
                    Shape(Form::Tuple(vec![$($name::shape(shapes).0),+]))
                }
            }
        )+
    };
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }
