//! Events of before and of after: what would break what is stored, and what wouldn't.

use events::prelude::*;
use events::testing::LockChange;
use serde::{Deserialize, Serialize};

use crate::state;

/// Programs with one event, which differ in its fields.
macro_rules! programs {
    ($($module:ident { $($body:tt)* })+) => {
        $(
            mod $module {
                use super::{Deserialize, DomainEvent, Serialize};

                #[derive(Serialize, Deserialize, DomainEvent)]
                #[event(name = "changes.eaten", aggregate = "changes.diary")]
                struct Eaten {
                    #[event(id)]
                    diary: u64,
                    $($body)*
                }
            }
        )+
    };
}

#[derive(Serialize, Deserialize, EventShape)]
struct Food {
    name: String,
}

/// Nobody derives its shape.
#[derive(Serialize, Deserialize)]
struct Foreign(u8);

/// Nor its.
#[derive(Serialize, Deserialize)]
struct OtherForeign(u8);

programs! {
    before { kcal: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>, }
    removed { food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>, }
    renamed { energy: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>, }
    renamed_in_rust_alone {
        #[serde(rename = "kcal")] energy: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>,
    }
    renamed_with_alias {
        #[serde(alias = "kcal")] energy: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>,
    }
    object_renamed_with_alias {
        kcal: u32, #[serde(alias = "food")] dish: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>,
    }
    retyped { kcal: u64, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>, }
    retyped_inside { kcal: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<u8>, }
    object_to_text { kcal: u32, food: String, note: Option<String>, foreign: super::Foreign, tags: Vec<String>, }
    newly_required { kcal: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>, at: String, }
    no_longer_optional { kcal: u32, food: super::Food, note: String, foreign: super::Foreign, tags: Vec<String>, }
    no_longer_null {
        kcal: u32, food: super::Food, #[serde(default)] note: String, foreign: super::Foreign, tags: Vec<String>,
    }
    other_foreign { kcal: u32, food: super::Food, note: Option<String>, foreign: super::OtherForeign, tags: Vec<String>, }
    foreign_known { kcal: u32, food: super::Food, note: Option<String>, foreign: u8, tags: Vec<String>, }
    now_optional {
        kcal: Option<u32>, food: Option<super::Food>, note: Option<String>, foreign: super::Foreign, tags: Vec<Option<String>>,
    }
    more_optional {
        kcal: u32, food: super::Food, note: Option<String>, foreign: super::Foreign, tags: Vec<String>,
        #[serde(default)] more: u8, dish: Option<super::Food>,
    }
}

fn changes(before: &str, after: &str) -> Vec<LockChange> {
    state(&format!("changes::{before}")).changes(&state(&format!("changes::{after}")))
}

/// Each change, without its subject, and whether it breaks.
fn told(before: &str, after: &str) -> Vec<(bool, String)> {
    let changes = changes(before, after);
    let body = |change: &LockChange| change.to_string().split_once('\n').unwrap().1.to_owned();
    changes.iter().map(|change| (change.is_breaking(), body(change))).collect()
}

#[test]
fn a_changed_shape_without_a_new_version_breaks() {
    for (after, expected) in [
        ("removed", "  - kcal: u32\n  is gone: stored events have it\n"),
        (
            "renamed",
            "  - kcal: u32\n  + energy: u32\n  is gone, and the other is new: if that is its new name, keep the stored one \
             with `#[serde(rename = \"kcal\")]`, or read both with `#[serde(alias = \"kcal\")]`\n",
        ),
        ("retyped", "  - kcal: u32\n  + kcal: u64\n  is something else: stored events have the former\n"),
        ("retyped_inside", "  - tags[]: text\n  + tags[]: u8\n  is something else: stored events have the former\n"),
        ("object_to_text", "  - food: object\n  + food: text\n  is something else: stored events have the former\n"),
        (
            "newly_required",
            "  + at: text\n  stored events don't have it: give it `#[serde(default)]`, or make it an `Option`\n",
        ),
        (
            "no_longer_null",
            "  - note?: text or null\n  + note?: text\n  is something else: stored events have the former\n",
        ),
        (
            "other_foreign",
            "  - foreign: opaque Foreign\n  + foreign: opaque OtherForeign\n  is something else: stored events have \
             the former; whether an opaque one still reads the same can't be told\n",
        ),
        (
            "foreign_known",
            "  - foreign: opaque Foreign\n  + foreign: u8\n  is something else: stored events have \
             the former; whether an opaque one still reads the same can't be told\n",
        ),
    ] {
        assert_eq!(told("before", after), [(true, expected.to_owned())], "{after}");
    }
    let [change] = &changes("before", "removed")[..] else { panic!("one change") };
    assert!(change.to_string().starts_with("event changes.eaten v1\n"), "{change}");
    let required = told("more_optional", "before").into_iter().map(|(breaks, _)| breaks);
    assert!(required.eq([true, true]), "an optional field is a field: without it the data is lost");
    assert!(told("before", "no_longer_optional")[0].0);
    assert!(told("now_optional", "before").iter().all(|(breaks, _)| *breaks));
    assert_eq!(told("now_optional", "before").len(), 3);
}

#[test]
fn what_old_events_can_be_read_with_breaks_nothing() {
    for (after, number) in [
        ("before", 0),
        ("renamed_in_rust_alone", 0),
        ("renamed_with_alias", 1),
        ("object_renamed_with_alias", 1),
        ("now_optional", 3),
        ("more_optional", 2),
    ] {
        let told = told("before", after);
        assert!(told.iter().all(|(breaks, _)| !breaks), "{after}: {told:?}");
        assert_eq!(told.len(), number, "{after}: {told:?}");
    }
}

#[test]
fn an_alias_that_old_events_need_is_kept() {
    let [(true, text)] = &told("renamed_with_alias", "renamed")[..] else { panic!("one change that breaks") };
    assert!(text.starts_with("  - kcal: alias of energy\n  is no longer read under this name"), "{text}");
    assert!(told("renamed_with_alias", "before").iter().any(|(breaks, _)| *breaks), "energy is no longer read");
}

/// Old and new in one program.
mod versioned {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.eaten", aggregate = "changes.diary")]
    struct EatenV1 {
        #[event(id)]
        diary: u64,
        kcal: u32,
        food: super::Food,
        note: Option<String>,
        foreign: super::Foreign,
        tags: Vec<String>,
    }

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.eaten", aggregate = "changes.diary", version = 2, previous = EatenV1)]
    struct Eaten {
        #[event(id)]
        diary: u64,
        kilojoules: u32,
    }

    impl From<EatenV1> for Eaten {
        fn from(old: EatenV1) -> Self {
            Self { diary: old.diary, kilojoules: old.kcal * 4 }
        }
    }
}

/// The new one alone, with the old one beside it that it doesn't name.
mod unchained {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.eaten", aggregate = "changes.diary", version = 2)]
    struct Eaten {
        #[event(id)]
        diary: u64,
        kilojoules: u32,
    }
}

/// The old one was changed together with the new one.
mod changed_in_the_past {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.eaten", aggregate = "changes.diary")]
    struct EatenV1 {
        #[event(id)]
        diary: u64,
    }

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.eaten", aggregate = "changes.diary", version = 2, previous = EatenV1)]
    struct Eaten {
        #[event(id)]
        diary: u64,
        kilojoules: u32,
    }

    impl From<EatenV1> for Eaten {
        fn from(old: EatenV1) -> Self {
            Self { diary: old.diary, kilojoules: 0 }
        }
    }
}

#[test]
fn a_new_version_leads_back_to_the_old_ones() {
    let [(false, text)] = &told("before", "versioned")[..] else { panic!("{:?}", told("before", "versioned")) };
    assert_eq!(text, "  + new\n");

    let told_of = told("before", "unchained");
    assert!(told_of[0].0 && told_of[0].1.contains("version 2 is there, and doesn't lead back to it"), "{told_of:?}");
    assert!(told("before", "changed_in_the_past").iter().any(|(breaks, text)| *breaks && text.contains("- kcal: u32")));

    let told_of = told("versioned", "before");
    assert!(told_of[0].0 && told_of[0].1.contains("the program knows version 1 only"), "{told_of:?}");
}

mod other_name {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.devoured", aggregate = "changes.diary")]
    struct Devoured {
        #[event(id)]
        diary: u64,
        kcal: u32,
        food: super::Food,
        note: Option<String>,
        foreign: super::Foreign,
        tags: Vec<String>,
    }
}

mod other_stream {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.devoured", aggregate = "changes.kitchen")]
    struct Devoured {
        #[event(id)]
        diary: u64,
    }
}

mod other_id {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.devoured", aggregate = "changes.kitchen")]
    struct Devoured {
        diary: u64,
        #[event(id)]
        #[serde(default)]
        kitchen: u64,
    }
}

#[test]
fn an_event_is_found_by_its_name_in_its_stream() {
    let told_of = told("before", "other_name");
    let renamed = "if that is its new name, keep the stored one with `#[event(name = \"changes.eaten\")]`";
    assert!(told_of[0].0 && told_of[0].1.contains(renamed), "{told_of:?}");
    assert_eq!(told_of[1..], [(false, "  + new\n".to_owned())]);

    let told_of = told("before", "other_stream");
    assert!(told_of[0].0 && told_of[0].1.contains("its struct is gone"), "{told_of:?}");
    assert!(told_of[0].1.contains("events::link!(the_crate)"), "{told_of:?}");

    let told_of = told("other_name", "other_stream");
    assert!(told_of[0].0 && told_of[0].1.starts_with("  - of changes.diary\n  + of changes.kitchen\n"), "{told_of:?}");

    let told_of = told("other_stream", "other_id");
    assert!(told_of[0].0 && told_of[0].1.starts_with("  - diary: u64 (id)\n  + diary: u64\n"), "{told_of:?}");
}

mod choices {
    use super::{Deserialize, DomainEvent, EventShape, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.chosen", no_stream)]
    struct Chosen {
        choice: Choice,
    }

    #[derive(Serialize, Deserialize, EventShape)]
    enum Choice {
        Small,
        Large,
        Made { width: u8 },
    }
}

mod other_choices {
    use super::{Deserialize, DomainEvent, EventShape, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "changes.chosen", no_stream)]
    struct Chosen {
        choice: Choice,
    }

    #[derive(Serialize, Deserialize, EventShape)]
    enum Choice {
        #[serde(alias = "Small")]
        Tiny,
        Huge,
        Made {
            width: u8,
            height: u8,
        },
        Ordered {
            from: String,
        },
    }
}

#[test]
fn a_variant_is_gone_or_new_like_a_field() {
    let told = told("choices", "other_choices");
    let breaking: Vec<_> =
        told.iter().filter(|(breaks, _)| *breaks).map(|(_, text)| text.lines().next().unwrap()).collect();
    assert_eq!(breaking, ["  - choice=Large: nothing", "  + choice=Made.height: u8"], "{told:?}");
    assert!(told[0].1.contains("  + choice=Huge: nothing\n"), "{told:?}");
    let fits: Vec<_> = told.iter().filter(|(breaks, _)| !breaks).map(|(_, text)| text.as_str()).collect();
    assert_eq!(fits, ["  + choice=Ordered: object\n", "  + choice=Small: alias of choice=Tiny\n"]);
}
