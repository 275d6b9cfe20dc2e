//! What isn't there, or isn't understood.

use crate::place::{Place, on_both_stores, run, tool};
use crate::shop::{Gateway, open};

on_both_stores![no_store_is_made, what_is_unknown_is_named];

async fn no_store_is_made(place: Place) {
    for arguments in [&["status"][..], &["handlers", "pause", "collect", "--reason", "why"]] {
        let ran = place.run(arguments).await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{ran:?}");
    }
    assert!(!std::fs::exists(place.file()).unwrap());
}

async fn what_is_unknown_is_named(place: Place) {
    open(&place, &Gateway::default()).await.shutdown().await.unwrap();
    for (arguments, part) in [
        (&["check", "collector"][..], "knows no durable handler `collector`"),
        (&["handlers", "resume", "collector", "--reason", "why"], "knows no durable handler `collector`"),
        (&["handlers", "resume", "collect", "--reason", " "], "the reason is empty"),
        (&["dl", "show", "7"], "there is no letter 7"),
        (&["dl", "export", "7"], "there is no letter 7"),
        (&["dl", "show", "seven"], "not the number of a letter"),
        (&["dl", "list", "--status", "lost"], "there are: retrying, dead"),
        (&["dl", "list", "--group", "xyz"], "isn't the name of a group"),
        (&["dl", "list", "--group", "abc"], "there is no group `abc`"),
        (&["streams", "show", "account"], "written aggregate/id"),
        (&["trace", "7"], "invalid value '7'"),
        (&["audit", "--limit", "0"], "invalid value '0'"),
        (&["check", "a\u{1b}[31m\nb"], "knows no durable handler `a [31m b`"),
        (&["status", "--fail-if", "ded>0"], "`ded` isn't measured"),
        (&["handlers", "reset", "collect", "--to", "end", "--reason", "why"], "neither a number nor `start`"),
    ] {
        let ran = place.run(arguments).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(part), "{arguments:?}: {ran:?}");
    }
}

#[tokio::test]
async fn what_is_no_store_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("letter.txt"), "hello").unwrap();
    std::fs::write(path("empty.db"), "").unwrap();
    for (place, named, part) in [
        (path(""), path(""), "is a folder"),
        (path("missing.db"), path("missing.db"), "isn't there"),
        (path("letter.txt"), path("letter.txt"), "no SQLite database"),
        (path("empty.db"), path("empty.db"), "no event store yet"),
        (String::new(), String::new(), "which store?"),
        ("postgres://127.0.0.1:1/shop".to_owned(), String::new(), "can't be reached"),
    ] {
        let mut command = tool();
        command.args(["status", "--store", &place]);
        let ran = run(command).await;
        assert!(ran.code == 2 && ran.stderr.contains(part) && ran.stderr.contains(&named), "{place}: {ran:?}");
        assert!(ran.stderr.matches("(os error").count() <= 1, "a cause is said once: {ran:?}");
    }
}

#[tokio::test]
async fn the_store_has_to_be_named() {
    let mut command = tool();
    command.arg("status");
    let ran = run(command).await;
    assert!(ran.code == 2 && ran.stderr.contains("set EVENTS_STORE"), "{ran:?}");
    let mut command = tool();
    command.args(["status", "--store", "mysql://ada:s3cret@localhost/shop"]);
    let ran = run(command).await;
    assert!(ran.code == 2 && !ran.stderr.contains("s3cret"), "{ran:?}");
}

/// An operator's name is part of the audit, so that it has to be known.
#[tokio::test]
async fn who_changes_something_has_to_be_known() {
    let place = Place::in_a_file();
    open(&place, &Gateway::default()).await.shutdown().await.unwrap();
    let mut command = tool();
    let file = place.file();
    command.env_remove("USER").args(["handlers", "pause", "collect", "--reason", "why", "--store", &file]);
    let ran = run(command).await;
    assert!(ran.code == 2 && ran.stderr.contains("give --by NAME"), "{ran:?}");
}

#[tokio::test]
async fn help_has_examples() {
    for arguments in [&["--help"][..], &["status", "--help"], &["dl", "redrive", "--help"], &["dl", "edit", "--help"]] {
        let mut command = tool();
        command.args(arguments);
        let ran = run(command).await;
        assert!(ran.code == 0 && ran.stdout.contains("Example"), "{ran:?}");
    }
}
