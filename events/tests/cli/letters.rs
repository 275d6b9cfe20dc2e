//! Letters that are looked at and put right.

use events::dead_letter::ExportedLetter;
use events::store::LetterStatus;
use serde_json::json;

use crate::place::{Place, on_both_stores};
use crate::shop::{Gateway, eventually, letters, sent, with_a_dead_letter};

on_both_stores![
    letters_are_shown_by_group_in_a_list_and_alone,
    a_letter_is_redriven_and_what_waits_follows,
    many_letters_are_changed_only_when_that_is_meant,
    a_letter_is_discarded_restored_and_purged,
    a_letter_is_exported_whole,
];

/// The number of the dead letter.
async fn dead(place: &Place) -> String {
    let list = place.json(&["dead-letters", "list", "--status", "dead"]).await;
    assert_eq!(list["letters"].as_array().unwrap().len(), 1, "{list}");
    list["letters"][0]["id"].to_string()
}

async fn letters_are_shown_by_group_in_a_list_and_alone(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let groups = place.json(&["dead-letters", "groups"]).await["groups"].clone();
    assert_eq!(groups.as_array().unwrap().len(), 2, "{groups}");
    let collect = groups.as_array().unwrap().iter().find(|group| group["handler"] == "collect").unwrap();
    assert_eq!((&collect["letters"]["dead"], &collect["parked"]), (&json!(1), &json!(1)));
    let group = &collect["group"].as_str().unwrap()[..8];
    let text = place.says(&["dl", "groups"]).await;
    assert!(text.starts_with("GROUP") && text.contains(group) && text.contains("unknown currency"), "{text}");

    let list = place.json(&["dl", "list", "--group", group]).await;
    assert_eq!((&list["letters"][0]["behind"], &list["next_after"]), (&json!(1), &json!(null)));
    assert_eq!((&list["letters"][0]["stream"], &list["letters"][0]["attempts"]), (&json!("account/1"), &json!(1)));
    let first = place.json(&["dl", "list", "--limit", "1"]).await;
    let after = first["next_after"].to_string();
    let text = place.says(&["dl", "list", "--limit", "1", "--after", &after]).await;
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_eq!(place.says(&["dl", "list", "--class", "panic"]).await, "There are no such letters.\n");

    let id = dead(&place).await;
    let text = place.says(&["dl", "show", &id]).await;
    assert!(text.contains("behind     1 later event of account/1\n"), "{text}");
    assert!(text.contains("data       not shown without --payload"), "{text}");
    assert!(text.contains("unknown currency"), "{text}");
    let shown = place.json(&["dl", "show", &id, "--payload"]).await;
    assert_eq!((&shown["recorded"]["payload"]["currency"], &shown["status"]), (&json!("CHF"), &json!("dead")));
    assert_eq!(shown["failed_attempts"][0]["error"], json!(["unknown currency"]));
    app.shutdown().await.unwrap();
}

async fn a_letter_is_redriven_and_what_waits_follows(place: Place) {
    let gateway = Gateway::default();
    let app = with_a_dead_letter(&place, &gateway).await;
    let id = dead(&place).await;
    gateway.learn_francs();
    let redriven = place.json(&["dl", "redrive", &id, "--reason", "the gateway knows francs"]).await;
    assert_eq!((redriven["letters"][0].to_string(), &redriven["unattended"]), (id.clone(), &json!([])));
    eventually("nothing waits", async || app.durable_handlers().lag().await.unwrap()[0].parked == 0).await;
    assert_eq!(place.json(&["dl", "show", &id]).await["status"], json!("resolved"));
    let ran = place.run(&["dl", "redrive", &id, "1000", "--reason", "once more"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains(&format!("Letter {id} is resolved, so nothing was done to it.")), "{ran:?}");
    assert!(ran.stdout.contains("There is no letter 1000."), "{ran:?}");
    app.shutdown().await.unwrap();
}

async fn many_letters_are_changed_only_when_that_is_meant(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    app.publish(sent(5, 5, "CHF")).await.unwrap();
    eventually("another is dead", async || letters(&app, LetterStatus::Dead).await == 2).await;
    app.shutdown().await.unwrap();
    let discard = ["dl", "discard", "--handler", "collect", "--reason", "paid at the counter"];
    let ran = place.run(&discard).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stdout.contains("unknown currency"), "the groups are shown: {ran:?}");
    assert!(ran.stderr.contains("2 letters would be discarded") && ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(place.json(&["audit"]).await, json!({"operations": []}));
    let ran = place.run(&["dl", "discard", "--reason", "why not", "--yes"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("--all"), "{ran:?}");
    let ran = place.run(&["dl", "discard", "1", "--all", "--reason", "why not", "--yes"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("not both"), "{ran:?}");

    let list = place.json(&["dl", "list", "--status", "dead", "--handler", "collect"]).await["letters"].clone();
    let ids: Vec<String> = list.as_array().unwrap().iter().map(|letter| letter["id"].to_string()).collect();
    let text = place.says(&["dl", "redrive", &ids[0], &ids[1], "--reason", "all is well"]).await;
    assert_eq!(text, "2 letters redriven.\nNo live process declares collect: its letters wait for one.\n");
    let done = place.json(&[&discard[..], &["--yes"]].concat()).await;
    assert_eq!(done["letters"].as_array().unwrap().len(), 2);
    let audit = place.json(&["audit", "--limit", "1"]).await["operations"][0].clone();
    assert_eq!((&audit["action"], &audit["reason"]), (&json!("discard"), &json!("paid at the counter")));
}

async fn a_letter_is_discarded_restored_and_purged(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let id = dead(&place).await;
    assert_eq!(place.says(&["dl", "discard", &id, "--reason", "paid"]).await, "1 letter discarded.\n");
    eventually("nothing waits", async || app.durable_handlers().lag().await.unwrap()[0].parked == 0).await;
    assert_eq!(place.says(&["dl", "restore", &id, "--reason", "a \u{9b}slip\u{1b}[2J"]).await, "1 letter restored.\n");
    assert_eq!(dead(&place).await, id);
    place.says(&["dl", "discard", &id, "--reason", "paid after all"]).await;
    app.shutdown().await.unwrap();
    let ran = place.run(&["dl", "purge", "--status", "dead", "--older-than", "0s", "--reason", "why", "--yes"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("discard them first"), "{ran:?}");
    let purge = ["dl", "purge", "--status", "discarded", "--reason", "tidying up", "--older-than"];
    let ran = place.run(&[&purge[..], &["0s"]].concat()).await;
    assert!(ran.code == 2 && ran.stderr.contains("1 discarded letter would be removed for good"), "{ran:?}");
    assert_eq!(place.json(&[&purge[..], &["1d", "--yes"]].concat()).await["purged"], json!(0));
    assert_eq!(place.json(&[&purge[..], &["0s", "--yes"]].concat()).await["purged"], json!(1));
    let done = place.json(&["audit", "--limit", "2"]).await["operations"].clone();
    assert_eq!(
        (&done[0]["action"], &done[0]["by"], &done[0]["reason"]),
        (&json!("purge"), &json!("ada"), &json!("tidying up"))
    );
    let results = [&done[0]["result"], &done[1]["result"]];
    assert_eq!(results, ["1 discarded letter removed", "0 discarded letters removed"]);
    for json in [&[][..], &["--json"]] {
        let text = place.says(&[&["audit"][..], json].concat()).await;
        let raw = |c: char| c.is_control() && c != '\n';
        assert!(text.contains("slip") && !text.contains(raw), "no reason commands the terminal: {text:?}");
    }
    let text = place.says(&["audit", "--limit", "1"]).await;
    assert!(text.contains("purge") && text.contains("1 discarded letter removed"), "{text}");
    let ran = place.run(&["dl", "purge", "--status", "discarded", "--older-than", "0s", "--yes"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("Give --reason TEXT"), "{ran:?}");
    let ran = place.run(&["dl", "show", &id]).await;
    assert!(ran.code == 2 && ran.stderr.contains(&format!("there is no letter {id}")), "{ran:?}");
}

async fn a_letter_is_exported_whole(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let id = dead(&place).await;
    let ran = place.run(&["dl", "export", &id]).await;
    assert!(ran.code == 0 && ran.stderr.contains("the event's data is in it"), "{ran:?}");
    let letter = ExportedLetter::from_json(&ran.stdout).unwrap();
    assert_eq!(letter, app.dead_letters().export(letter.id).await.unwrap());
    assert_eq!((letter.handler.as_str(), letter.attempts.len()), ("collect", 1));
    app.shutdown().await.unwrap();
}
