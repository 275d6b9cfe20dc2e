//! Handlers that are paused, resumed, reset and removed.

use events::store::LetterStatus;
use serde_json::json;

use crate::place::{Place, on_both_stores};
use crate::shop::{Gateway, eventually, letters, open, sent, with_a_dead_letter};

on_both_stores![
    a_handler_is_paused_and_resumed_from_outside,
    a_handler_is_reset_only_when_that_is_meant,
    a_handler_is_removed_when_nobody_declares_it,
];

async fn a_handler_is_paused_and_resumed_from_outside(place: Place) {
    let app = open(&place, &Gateway::default()).await;
    let ran = place.run(&["handlers", "pause", "collect"]).await;
    assert!(ran.code == 2 && ran.stderr.contains("--reason"), "a reason is asked for: {ran:?}");
    let text = place.says(&["handlers", "pause", "collect", "--reason", "the gateway moves"]).await;
    assert!(text.starts_with("collect is paused"), "{text}");
    let owner = async || app.durable_handlers().get("collect").await.unwrap().unwrap().lanes[0].owner.clone();
    eventually("its process lets go of it", async || owner().await.is_none()).await;
    app.publish(sent(1, 1, "EUR")).await.unwrap();
    let row = place.json(&["handlers", "list"]).await["handlers"][0].clone();
    assert_eq!((&row["state"], &row["why"]), (&json!("paused"), &json!("the gateway moves")));
    assert!(row["lag"].as_u64().unwrap() >= 1, "{row}");
    place.says(&["handlers", "resume", "collect", "--reason", "it has moved", "--by", "grace"]).await;
    eventually("it goes on", async || app.durable_handlers().lag().await.unwrap()[0].positions == 0).await;

    let audit = place.json(&["audit"]).await["operations"].clone();
    let rows: Vec<_> =
        audit.as_array().unwrap().iter().map(|row| (&row["action"], &row["by"], &row["reason"])).collect();
    assert_eq!(rows[0], (&json!("resume"), &json!("grace"), &json!("it has moved")));
    assert_eq!(rows[1], (&json!("pause"), &json!("ada"), &json!("the gateway moves")));
    assert!(place.says(&["audit", "--limit", "1"]).await.contains("it has moved"));
    app.shutdown().await.unwrap();
}

async fn a_handler_is_reset_only_when_that_is_meant(place: Place) {
    let gateway = Gateway::default();
    let app = with_a_dead_letter(&place, &gateway).await;
    let reset = ["handlers", "reset", "collect", "--to", "start", "--reason", "francs are known"];
    let ran = place.run(&reset).await;
    assert_eq!(ran.code, 2, "nobody can be asked: {ran:?}");
    assert!(ran.stderr.contains("1 open letter would be discarded, and 1 key would wait no longer"), "{ran:?}");
    assert_eq!((letters(&app, LetterStatus::Dead).await, place.json(&["audit"]).await), (1, json!({"operations": []})));
    let far = place.run(&["handlers", "reset", "collect", "--to", "1000000", "--reason", "typed", "--yes"]).await;
    assert!(far.code == 2 && far.stderr.contains("the log ends at position "), "{far:?}");
    gateway.learn_francs();
    place.says(&[&reset[..], &["--yes"]].concat()).await;
    eventually("it is through again", async || {
        let lag = app.durable_handlers().lag().await.unwrap().remove(0);
        lag.positions == 0 && lag.parked == 0
    })
    .await;
    assert_eq!(letters(&app, LetterStatus::Discarded).await, 1);

    let rebuild = ["handlers", "rebuild", "collect", "--reason", "another\nreport\u{1b}[31m"];
    let ran = place.run(&rebuild).await;
    assert!(ran.code == 2 && ran.stderr.contains("meet all its events a second time"), "{ran:?}");
    let epoch = async || app.durable_handlers().get("collect").await.unwrap().unwrap().lanes[0].epoch;
    let before = epoch().await;
    place.says(&[&rebuild[..], &["--yes"]].concat()).await;
    eventually("it has begun again", async || epoch().await > before).await;
    let audit = place.says(&["audit", "--limit", "1"]).await;
    assert!(audit.contains("rebuild") && audit.contains("another report [31m"), "on one line: {audit:?}");
    app.shutdown().await.unwrap();
}

async fn a_handler_is_removed_when_nobody_declares_it(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let remove = ["handlers", "remove", "collect", "--reason", "it is gone from the code", "--yes"];
    let ran = place.run(&remove).await;
    assert!(ran.code == 2 && ran.stderr.contains("is declared by process"), "{ran:?}");
    app.shutdown().await.unwrap();
    assert_eq!(place.says(&remove).await, "collect is removed.\n");
    assert_eq!(place.says(&["handlers", "list"]).await, "The store knows no durable handler.\n");
    let ran = place.run(&remove).await;
    assert!(ran.code == 2 && ran.stderr.contains("knows no durable handler `collect`"), "{ran:?}");
}
