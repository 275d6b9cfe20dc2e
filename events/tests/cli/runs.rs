//! Runs, edits, and letters that are held.

use events::store::LetterStatus;
use serde_json::json;

use crate::place::{Place, on_both_stores};
use crate::shop::{Gateway, eventually, letters, sent, with_a_dead_letter};

on_both_stores![
    a_run_redrives_what_is_picked_and_is_waited_for,
    a_run_stops_at_the_first_failure,
    a_run_that_nobody_takes_on_is_told_and_stopped,
    a_letter_is_handled_with_other_data,
    a_held_letter_goes_on_holding_up_its_stream,
];

/// Invoices 2 and 5 are dead, of two accounts.
async fn with_two(place: &Place, gateway: &Gateway) -> events::EventDispatcher {
    let app = with_a_dead_letter(place, gateway).await;
    app.publish(sent(5, 5, "CHF")).await.unwrap();
    eventually("another is dead", async || letters(&app, LetterStatus::Dead).await == 2).await;
    app
}

async fn a_run_redrives_what_is_picked_and_is_waited_for(place: Place) {
    let gateway = Gateway::default();
    let app = with_two(&place, &gateway).await;
    let plan = place.json(&["dl", "redrive", "--handler", "collect", "--dry-run"]).await;
    assert_eq!((&plan["by_handler"], &plan["streams"]), (&json!({"collect": 2}), &json!(2)));
    assert!(plan["parked"].as_u64().unwrap() >= 1 && plan["unattended"] == json!([]), "{plan}");
    assert!(place.says(&["dl", "redrive", "--all", "--dry-run"]).await.starts_with("2 letters of 2 streams would be"));
    assert_eq!(letters(&app, LetterStatus::Dead).await, 2, "nothing was done");

    gateway.learn_francs();
    let redrive = ["dl", "redrive", "--handler", "collect", "--reason", "francs are known", "--rate", "6000", "--wait"];
    let ran = place.run(&redrive).await;
    assert!(ran.code == 2 && ran.stderr.contains("2 letters of 2 streams would be redriven"), "{ran:?}");
    let run = place.json(&[&redrive[..], &["--yes"]].concat()).await;
    assert_eq!((&run["state"], &run["resolved"], &run["failed"]), (&json!("done"), &json!(2), &json!(0)));
    assert_eq!((&run["per_minute"], &run["stop_after"], &run["by"]), (&json!(6000), &json!(1), &json!("ada")));
    eventually("nothing waits", async || app.durable_handlers().lag().await.unwrap()[0].parked == 0).await;
    let listed = place.json(&["runs", "list"]).await["runs"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["run"]), (1, &run["run"]));
    let text = place.says(&["runs", "list"]).await;
    assert!(text.starts_with("RUN") && text.contains("francs are known"), "{text}");
    let ran = place.run(&["runs", "stop", &run["run"].to_string(), "--reason", "too late"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("is open"), "{ran:?}");
    app.shutdown().await.unwrap();
}

async fn a_run_stops_at_the_first_failure(place: Place) {
    let app = with_two(&place, &Gateway::default()).await;
    let ran = place.run(&["dl", "redrive", "--all", "--reason", "in vain", "--yes", "--wait"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("0 resolved, 1 failed, 0 being tried, 1 waiting"), "{ran:?}");
    let runs = place.json(&["runs", "list"]).await["runs"].clone();
    let ran = place.run(&["runs", "show", &runs[0]["run"].to_string(), "--wait", "--json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &shown["failed"]), (1, &json!(1)));
    app.shutdown().await.unwrap();
}

async fn a_run_that_nobody_takes_on_is_told_and_stopped(place: Place) {
    with_two(&place, &Gateway::default()).await.shutdown().await.unwrap();
    let begin = ["dl", "redrive", "--all", "--reason", "all is well", "--yes"];
    let text = place.says(&begin).await;
    assert!(text.contains("has 2 letters") && text.contains("No live process declares collect"), "{text}");
    let run = place.json(&["runs", "list"]).await["runs"][0].clone();
    let id = run["run"].to_string();
    assert_eq!((&run["state"], &run["waiting"], &run["owner"]), (&json!("requested"), &json!(2), &json!(null)));
    let ran = place.run(&begin).await;
    assert!(ran.code == 2 && ran.stderr.contains("another run has them"), "{ran:?}");
    let text = place.says(&["runs", "stop", &id, "--reason", "nobody is there"]).await;
    assert!(text.starts_with(&format!("Run {id} of 2 letters is stopped")), "{text}");
    let ran = place.run(&[&begin[..], &["--wait"]].concat()).await;
    assert_eq!(ran.code, 1, "it isn't waited for in vain: {ran:?}");
    let ran = place.run(&["runs", "show", "1000"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("there is no run 1000"), "{ran:?}");
}

async fn a_letter_is_handled_with_other_data(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let id = place.json(&["dl", "list", "--status", "dead"]).await["letters"][0]["id"].to_string();
    let file = format!("{}.json", place.file());
    let edit = async |data: &str| {
        std::fs::write(&file, data).unwrap();
        place.run(&["dl", "edit", &id, &file, "--reason", "it was in euros"]).await
    };
    let ran = edit("{currency: EUR}").await;
    assert!(ran.code == 2 && ran.stderr.contains("JSON"), "{ran:?}");
    let ran = edit(r#"{"account":1,"invoice":"two"}"#).await;
    assert!(ran.code == 1 && ran.stdout.starts_with(&format!("Letter {id} isn't edited: ")), "{ran:?}");
    let ran = edit(r#"{"account":1,"invoice":2,"currency":"EUR"}"#).await;
    assert_eq!((ran.code, ran.stdout), (0, format!("Letter {id} is edited: collect gets these data from now on.\n")));
    assert_eq!(place.json(&["dl", "show", &id]).await["edited"], json!(true));
    assert!(place.says(&["dl", "export", &id]).await.contains(r#"{"account":1,"invoice":2,"currency":"EUR"}"#));
    place.says(&["dl", "redrive", &id, "--reason", "it is in euros"]).await;
    eventually("nothing waits", async || app.durable_handlers().lag().await.unwrap()[0].parked == 0).await;
    let ran = edit("{}").await;
    assert!(ran.code == 2 && ran.stderr.contains("is resolved: only what is dead or retrying"), "{ran:?}");
    let ran = place.run(&["dl", "edit", "1000", &file, "--reason", "why"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("there is no letter 1000"), "{ran:?}");
    app.shutdown().await.unwrap();
}

async fn a_held_letter_goes_on_holding_up_its_stream(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let id = place.json(&["dl", "list", "--status", "dead"]).await["letters"][0]["id"].to_string();
    let text = place.says(&["dl", "discard", &id, "--hold", "--reason", "the customer is asked first"]).await;
    assert_eq!(text, "1 letter discarded and held.\n");
    let text = place.says(&["dl", "list", "--status", "discarded"]).await;
    assert!(text.contains("discarded, held"), "{text}");
    let check = place.json(&["check", "collect"]).await;
    assert_eq!((&check["findings"], &check["events"]["waiting"]), (&json!([]), &json!(1)), "that is as it should be");
    place.says(&["dl", "release", "--all", "--yes", "--reason", "she has paid"]).await;
    eventually("nothing waits", async || app.durable_handlers().lag().await.unwrap()[0].parked == 0).await;
    app.shutdown().await.unwrap();
}
