//! Which types have a shape, and what it says.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use events::event::Shape;
use events::prelude::*;
use serde::{Deserialize, Serialize};

/// The shape of one field.
fn field<T: EventShape>() -> String {
    let lines = Shape::of::<(T,)>().to_string();
    let lines = lines.strip_prefix(".: tuple\n").unwrap().lines().map(|line| line.trim_start_matches('.').to_owned());
    lines.collect::<Vec<_>>().join(" | ")
}

#[test]
fn what_serde_and_well_known_crates_store_is_known() {
    let shapes = [
        (field::<bool>(), "0: bool"),
        (field::<u8>(), "0: u8"),
        (field::<i128>(), "0: i128"),
        (field::<f64>(), "0: f64"),
        (field::<char>(), "0: character"),
        (field::<String>(), "0: text"),
        (field::<Box<str>>(), "0: text"),
        (field::<Arc<String>>(), "0: text"),
        (field::<Cow<'static, str>>(), "0: text"),
        (field::<()>(), "0: null"),
        (field::<Duration>(), "0: seconds and nanoseconds"),
        (field::<std::num::NonZeroU32>(), "0: u32 but not 0"),
        (field::<Uuid>(), "0: uuid"),
        (field::<EventId>(), "0: uuid"),
        (field::<DateTime<Utc>>(), "0: time"),
        (field::<DateTime<FixedOffset>>(), "0: time"),
        (field::<NaiveDate>(), "0: date"),
        (field::<serde_json::Value>(), "0: any JSON"),
        (field::<Option<u8>>(), "0: u8 or null"),
        (field::<Option<Option<u8>>>(), "0: u8 or null"),
        (field::<Vec<Option<u8>>>(), "0: list | 0[]: u8 or null"),
        (field::<VecDeque<BTreeSet<u8>>>(), "0: list | 0[]: list | 0[][]: u8"),
        (field::<[u8; 3]>(), "0: 3 elements | 0[]: u8"),
        (field::<(u8, String)>(), "0: tuple | 0.0: u8 | 0.1: text"),
        (field::<BTreeMap<Uuid, u8>>(), "0: map | 0{key}: uuid | 0{}: u8"),
        (field::<HashMap<String, Vec<u8>>>(), "0: map | 0{key}: text | 0{}: list | 0{}[]: u8"),
    ];
    for (shape, expected) in shapes {
        assert_eq!(shape, expected);
    }
}

/// As if it were another crate: its type has no shape.
mod outer {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Foreign(u8);

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct ByPath(u8);
}

use self::outer::Foreign;

#[derive(Serialize, Deserialize, EventShape)]
struct Page<T> {
    items: Vec<T>,
    next: Option<u32>,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "shapes.listed", aggregate = "shapes.list")]
struct Listed {
    #[event(id)]
    list: u64,
    foreign: Foreign,
    by_path: Option<outer::ByPath>,
    perhaps: Option<Foreign>,
    several: Vec<Foreign>,
    in_a_map: BTreeMap<String, Foreign>,
    page: Page<String>,
    foreign_page: Page<Foreign>,
}

#[test]
fn what_has_no_shape_is_opaque_under_its_name() {
    let lines = "by_path?: opaque ByPath or null\n\
                 foreign: opaque Foreign\n\
                 foreign_page: opaque Page<Foreign>\n\
                 in_a_map: opaque BTreeMap<String, Foreign>\n\
                 list: u64 (id)\n\
                 page: object\n\
                 page.items: list\n\
                 page.items[]: text\n\
                 page.next?: u32 or null\n\
                 perhaps?: opaque Foreign or null\n\
                 several: list\n\
                 several[]: opaque Foreign\n";
    assert_eq!(Listed::DESCRIPTOR.shape().to_string(), lines);
}

#[derive(Serialize, Deserialize, EventShape)]
struct Tree {
    label: String,
    children: Vec<Tree>,
}

#[derive(Serialize, Deserialize, EventShape)]
struct Nested(Vec<Nested>);

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "shapes.grown", no_stream)]
struct Grown {
    oak: Tree,
    nested: Nested,
    again: Option<Box<Grown>>,
}

#[test]
fn a_type_that_contains_itself_comes_to_an_end() {
    let lines = "again?: like the event or null\n\
                 nested: list\n\
                 nested[]: like nested\n\
                 oak: object\n\
                 oak.children: list\n\
                 oak.children[]: like oak\n\
                 oak.label: text\n";
    assert_eq!(Grown::DESCRIPTOR.shape().to_string(), lines);
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "shapes.nothing", no_stream)]
struct Nothing;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "shapes.empty", no_stream)]
struct Empty {}

#[test]
fn an_event_without_fields_has_the_shape_of_its_json() {
    assert_eq!(serde_json::to_string(&Nothing).unwrap(), "null");
    assert_eq!(Nothing::DESCRIPTOR.shape().to_string(), ".: null\n");
    assert_eq!(serde_json::to_string(&Empty {}).unwrap(), "{}");
    assert_eq!(Empty::DESCRIPTOR.shape().to_string(), "");
}
