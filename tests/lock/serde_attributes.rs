//! Serde's attributes: the shape says what serde does.

use std::collections::BTreeMap;

use events::event::Shape;
use events::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Holds a shape to what serde does with a value: a field is in the JSON under its name, and may be
/// left out exactly where the shape says so.
fn check<T: EventShape + Serialize + DeserializeOwned>(value: &T, shape: &str) {
    assert_eq!(Shape::of::<T>().to_string(), shape);
    let Value::Object(json) = serde_json::to_value(value).unwrap() else { panic!("an object, for {shape}") };
    for line in shape.lines().filter(|line| !line.contains("alias of")) {
        let name = line.split(": ").next().unwrap();
        let name = name.replace('"', "");
        let name = name.as_str();
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        if name.contains(['[', '.', '=', '*']) {
            continue;
        }
        assert!(json.contains_key(name) || optional, "`{name}` isn't in {json:?}");
        let without: Map<_, _> = json.clone().into_iter().filter(|(key, _)| key != name).collect();
        assert_eq!(serde_json::from_value::<T>(without.into()).is_ok(), optional, "without `{name}`");
    }
    for (alias, name) in shape.lines().filter_map(|line| line.split_once(": alias of ")) {
        let renamed =
            json.clone().into_iter().map(|(key, value)| (if key == name { alias.into() } else { key }, value));
        assert!(serde_json::from_value::<T>(Value::Object(renamed.collect())).is_ok(), "`{alias}` instead of `{name}`");
    }
}

#[derive(Default, Serialize, Deserialize, EventShape)]
#[serde(rename_all = "camelCase")]
struct Names {
    first_name: String,
    #[serde(rename = "the last")]
    last_name: String,
    #[serde(rename(serialize = "both", deserialize = "both"))]
    two_ways: u8,
    #[serde(alias = "nick", alias = "called")]
    short_name: String,
    r#type: u8,
}

#[test]
fn names_are_those_in_the_store() {
    let shape = "\"the last\": text\n\
                 both: u8\n\
                 called: alias of shortName\n\
                 firstName: text\n\
                 nick: alias of shortName\n\
                 shortName: text\n\
                 type: u8\n";
    check(&Names::default(), shape);
}

#[derive(Serialize, Deserialize, EventShape)]
#[serde(transparent)]
struct Nickname {
    text: Option<String>,
}

#[derive(Serialize, Deserialize, EventShape)]
struct Wrapped(Option<String>);

#[derive(Serialize, Deserialize, EventShape)]
struct Optional {
    plain: u8,
    perhaps: Option<u8>,
    boxed: Box<Option<u8>>,
    transparent: Nickname,
    wrapped: Wrapped,
    #[serde(default)]
    defaulted: u8,
    #[serde(default = "five")]
    five: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u8>,
    #[serde(skip)]
    skipped: u8,
    #[serde(skip_deserializing)]
    only_written: u8,
    #[serde(skip_serializing, default)]
    only_read: u8,
}

fn five() -> u8 {
    5
}

#[test]
fn a_field_may_be_missing_where_serde_says_so() {
    let value = Optional {
        plain: 1,
        perhaps: Some(1),
        boxed: Box::new(Some(1)),
        transparent: Nickname { text: None },
        wrapped: Wrapped(None),
        defaulted: 1,
        five: five(),
        left_out: None,
        skipped: 1,
        only_written: 1,
        only_read: 1,
    };
    let shape = "boxed?: u8 or null\n\
                 defaulted?: u8\n\
                 five?: u8\n\
                 left_out?: u8 or null\n\
                 only_read?: u8\n\
                 perhaps?: u8 or null\n\
                 plain: u8\n\
                 transparent?: text or null\n\
                 wrapped: text or null\n";
    check(&value, shape);
    assert_eq!((value.skipped, value.only_read), (1, 1));
}

#[derive(Default, Serialize, Deserialize, EventShape)]
#[serde(default, deny_unknown_fields)]
struct AllDefault {
    a: u8,
    b: String,
}

#[test]
fn all_fields_of_a_default_may_be_missing() {
    check(&AllDefault::default(), "a?: u8\nb?: text\n");
}

#[derive(Serialize, Deserialize, EventShape)]
struct Place {
    city: String,
    zip: Option<String>,
}

#[derive(Serialize, Deserialize, EventShape)]
struct Flat {
    name: String,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    others: BTreeMap<String, u8>,
}

#[derive(Serialize, Deserialize, EventShape)]
struct PerhapsFlat {
    #[serde(flatten)]
    place: Option<Place>,
}

#[test]
fn flat_fields_are_those_of_the_outer_object() {
    let place = || Place { city: "Bern".into(), zip: None };
    let flat = Flat { name: "Ada".into(), place: place(), others: BTreeMap::new() };
    check(&flat, "*: map\n*{key}: text\n*{}: u8\ncity: text\nname: text\nzip?: text or null\n");
    check(&PerhapsFlat { place: Some(place()) }, "city?: text\nzip?: text or null\n");
}

fn double<S: serde::Serializer>(value: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(u16::from(*value) * 2)
}

mod halved {
    pub(super) use super::double as serialize;

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let doubled: u16 = serde::Deserialize::deserialize(deserializer)?;
        u8::try_from(doubled / 2).map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize, Deserialize, EventShape)]
struct OwnFunctions {
    #[serde(with = "halved")]
    both: u8,
    #[serde(serialize_with = "double")]
    written: u8,
    #[serde(deserialize_with = "halved::deserialize", default)]
    read: u8,
}

#[test]
fn functions_of_the_user_s_make_a_field_opaque() {
    let shape = "both: opaque u8 with halved\n\
                 read?: opaque u8 with halved::deserialize\n\
                 written: opaque u8 with double\n";
    check(&OwnFunctions { both: 1, written: 1, read: 1 }, shape);
}

#[derive(Clone, Serialize, Deserialize, EventShape)]
#[serde(try_from = "String", into = "String")]
struct Code([u8; 3]);

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0.into_iter().map(char::from).collect()
    }
}

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.into_bytes().try_into().map(Self).map_err(|_| "a code has three letters")
    }
}

#[derive(Serialize, Deserialize, EventShape)]
struct Coded {
    code: Code,
}

#[test]
fn a_type_that_is_read_as_another_has_its_shape() {
    check(&Coded { code: Code(*b"EUR") }, "code: text\n");
}

#[derive(Serialize, Deserialize, EventShape)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE", rename_all_fields = "kebab-case")]
enum External {
    UnitOnly,
    NewType(u8),
    Pair(u8, String),
    #[serde(rename = "braces")]
    WithBraces {
        its_field: Option<u8>,
    },
    #[serde(skip)]
    Never,
}

#[derive(Serialize, Deserialize, EventShape)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Internal {
    #[serde(alias = "beginning")]
    Start,
    InPlace(Place),
    #[serde(rename_all = "UPPERCASE")]
    Other {
        id: u8,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize, EventShape)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A(u8),
    B,
}

#[derive(Serialize, Deserialize, EventShape)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[test]
fn variants_are_told_apart_as_serde_does() {
    let shapes = [
        (
            Shape::of::<External>(),
            ".: one of\n\
             .=NEW-TYPE: u8\n\
             .=PAIR: tuple\n\
             .=PAIR.0: u8\n\
             .=PAIR.1: text\n\
             .=UNIT-ONLY: nothing\n\
             .=braces: object\n\
             .=braces.its-field?: u8 or null\n",
        ),
        (
            Shape::of::<Internal>(),
            ".: one of, by \"kind\"\n\
             .=*: nothing\n\
             .=beginning: alias of .=start\n\
             .=in_place: object\n\
             .=in_place.city: text\n\
             .=in_place.zip?: text or null\n\
             .=other: object\n\
             .=other.ID: u8\n\
             .=start: nothing\n",
        ),
        (Shape::of::<Adjacent>(), ".: one of, by \"t\", in \"c\"\n.=A: u8\n.=B: nothing\n"),
        (Shape::of::<Untagged>(), ".: one of, by what fits first\n.=#1: u8\n.=#2: text\n"),
    ];
    for (shape, expected) in shapes {
        assert_eq!(shape.to_string(), expected);
    }
    assert!(serde_json::to_string(&External::Never).is_err());
    let json = |value| serde_json::to_string(&value).unwrap();
    assert_eq!(json(External::UnitOnly), "\"UNIT-ONLY\"");
    assert_eq!(json(External::NewType(1)), r#"{"NEW-TYPE":1}"#);
    assert_eq!(json(External::WithBraces { its_field: None }), r#"{"braces":{"its-field":null}}"#);
    assert_eq!(serde_json::to_string(&Internal::Other { id: 1 }).unwrap(), r#"{"kind":"other","ID":1}"#);
}

macro_rules! cases {
    ($($case:literal: $type:ident, $fields:ident;)+) => {
        $(
            #[derive(Serialize, Deserialize, EventShape)]
            #[serde(rename_all = $case)]
            enum $type {
                OneWord,
                HTTPGet,
            }

            #[derive(Default, Serialize, Deserialize, EventShape)]
            #[serde(rename_all = $case)]
            struct $fields {
                one_word: u8,
                _led: u8,
                with_2_digits: u8,
            }
        )+

        #[test]
        fn every_case_is_serde_s() {
            $(
                let names = [$type::OneWord, $type::HTTPGet].map(|it| serde_json::to_value(it).unwrap());
                let mut lines: Vec<_> = names.iter().map(|name| format!(".={}: nothing", name.as_str().unwrap())).collect();
                lines.sort();
                assert_eq!(Shape::of::<$type>().to_string(), format!(".: one of\n{}\n", lines.join("\n")), $case);

                let Value::Object(fields) = serde_json::to_value($fields::default()).unwrap() else { panic!($case) };
                let lines: String = fields.keys().map(|name| format!("{name}: u8\n")).collect();
                assert_eq!(Shape::of::<$fields>().to_string(), lines, $case);
            )+
        }
    };
}

cases! {
    "lowercase": Lower, LowerFields;
    "UPPERCASE": Upper, UpperFields;
    "PascalCase": Pascal, PascalFields;
    "camelCase": Camel, CamelFields;
    "snake_case": Snake, SnakeFields;
    "SCREAMING_SNAKE_CASE": ScreamingSnake, ScreamingSnakeFields;
    "kebab-case": Kebab, KebabFields;
    "SCREAMING-KEBAB-CASE": ScreamingKebab, ScreamingKebabFields;
}
