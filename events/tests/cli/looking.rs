//! What only looks.

use std::io::{BufRead, BufReader};

use serde_json::json;

use crate::place::{Place, on_both_stores};
use crate::shop::{Gateway, eventually, sent, with_a_dead_letter};

on_both_stores![
    status_is_told_to_people_and_to_monitoring,
    handlers_are_listed_with_their_lag_and_their_letters,
    a_check_says_that_nothing_is_missing,
    events_are_shown_without_their_data_unless_it_is_asked_for,
    a_chain_is_shown_with_what_became_of_it,
    a_stream_is_shown_with_who_waits,
    events_that_come_are_followed,
];

async fn status_is_told_to_people_and_to_monitoring(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let text = place.says(&["status"]).await;
    assert!(text.contains("8 events in 6 streams"), "{text}");
    assert!(text.contains("handlers   1 running, 0 paused, 0 halted, 0 detached"), "{text}");
    assert!(text.contains("letters    1 retrying, 1 dead, 0 resolved, 0 discarded; the oldest open one is"), "{text}");
    let status = place.json(&["status"]).await;
    assert_eq!((&status["events"], &status["letters"]["dead"]), (&json!(8), &json!(1)));
    assert_eq!((&status["handlers"]["parked"], &status["handlers"]["behind"]), (&json!(1), &json!(0)));
    assert_eq!((status["processes"].as_array().unwrap().len(), &status["held_back"]), (1, &json!(null)));

    let ran = place.run(&["status", "--fail-if", "dead>0,lag>5m,parked>1"]).await;
    assert_eq!((ran.code, ran.stdout.matches("FAILED").count()), (1, 1), "{ran:?}");
    assert!(ran.stdout.contains("FAILED     dead>0: it is 1"), "{ran:?}");
    let ran = place.run(&["--json", "status", "--fail-if=retrying>=1,processes<1"]).await;
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &status["failed"]), (1, &json!(["retrying>=1: it is 1"])));
    assert_eq!(place.run(&["status", "--fail-if", "dead>1,oldest-letter>1d,detached>0"]).await.code, 0);
    app.shutdown().await.unwrap();
    let text = place.says(&["status"]).await;
    assert!(text.contains("0 halted, 1 detached") && text.contains("processes  none is alive"), "{text}");
}

async fn handlers_are_listed_with_their_lag_and_their_letters(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let text = place.says(&["handlers", "list"]).await;
    let (header, row) = text.split_once('\n').unwrap();
    let header: Vec<_> = header.split_whitespace().collect();
    let expected = ["HANDLER", "STATE", "WHY", "LAG", "OLDEST", "RATE", "RETRYING", "DEAD", "PARKED", "OWNER", "BUILD"];
    assert_eq!(header, expected);
    let cells: Vec<_> = row.split_whitespace().collect();
    assert_eq!(cells[..9], ["collect", "running", "-", "0", "-", "-", "0", "1", "1"], "{row}");

    let looks = place.says(&["handlers", "list", "--watch", "1", "--looks", "2", "--json"]).await;
    let looks: Vec<serde_json::Value> = looks.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rates: Vec<_> = looks.iter().map(|look| look["handlers"][0]["rate"].clone()).collect();
    assert_eq!(rates, [json!(null), json!(0.0)], "a rate takes two looks");
    app.shutdown().await.unwrap();

    let row = place.json(&["handlers", "list"]).await["handlers"][0].clone();
    assert_eq!((&row["state"], &row["owners"], &row["detached"]), (&json!("detached"), &json!([]), &json!(true)));
    assert_eq!(row["why"], json!("no live process declares it"));
}

async fn a_check_says_that_nothing_is_missing(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let text = place.says(&["check", "collect", "--event", "invoice_sent"]).await;
    assert!(text.contains("4 events up to the checkpoint:"), "{text}");
    assert!(text.contains("2  handled at the first attempt"), "{text}");
    assert!(text.contains("1  in dead letters"), "{text}");
    assert!(text.contains("1  waiting behind a letter of their stream"), "{text}");
    assert!(text.ends_with("Nothing is missing.\n"), "{text}");
    app.shutdown().await.unwrap();
    let check = place.json(&["check", "collect"]).await;
    assert_eq!((&check["sound"], &check["events"]["total"]), (&json!(true), &json!(8)));
    assert_eq!(check["findings"][0]["what"], json!("no process that is alive declares the handler"));
    // An older copy of the store: the log is shorter than the handler has gone.
    if place.is_a_file() {
        let file = rusqlite::Connection::open(place.file()).unwrap();
        file.execute("UPDATE handler_lanes SET checkpoint = 500", []).unwrap();
        let ran = place.run(&["check", "collect"]).await;
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stdout.contains("WRONG: lane 0 has its checkpoint at 500, but the log ends at 8"), "{ran:?}");
        assert!(ran.stdout.ends_with("1 thing is wrong.\n"), "{ran:?}");
    }
}

async fn events_are_shown_without_their_data_unless_it_is_asked_for(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let text = place.says(&["tail", "-n", "2"]).await;
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("invoice_sent") && text.contains("account/2  by grace"), "{text}");
    for look in [&["tail"][..], &["streams", "show", "account/1"], &["dl", "show", "1"], &["dl", "list"]] {
        for json in [&[][..], &["--json"]] {
            let text = place.says(&[look, json].concat()).await;
            assert!(!text.contains("EUR") && !text.contains("CHF"), "{look:?}: {text}");
        }
    }
    let lines = place.says(&["tail", "--event", "invoice_sent", "--payload", "--json"]).await;
    let events: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let invoices: Vec<_> = events.iter().map(|event| event["payload"]["invoice"].as_u64().unwrap()).collect();
    assert_eq!(invoices, [1, 2, 3, 4]);
    assert!(place.says(&["tail", "--aggregate", "account", "--payload"]).await.contains(r#""currency":"CHF""#));
    app.shutdown().await.unwrap();
}

async fn a_chain_is_shown_with_what_became_of_it(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let lines = place.says(&["tail", "--event", "invoice_sent", "--json", "-n", "1"]).await;
    let last: serde_json::Value = serde_json::from_str(&lines).unwrap();
    let chain = last["correlation_id"].as_str().unwrap();
    let text = place.says(&["trace", chain]).await;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains("  invoice_sent of account/2") && lines[1].contains("    reminder_due of"), "{text}");
    assert!(lines[2].contains("retrying: send_reminder: the mail server is busy"), "{text}");
    let trace = place.json(&["trace", chain]).await;
    assert_eq!((&trace["events"][1]["depth"], trace["events"].as_array().unwrap().len()), (&json!(1), 2));
    assert_eq!(trace["events"][1]["letters"][0]["status"], json!("retrying"));
    app.shutdown().await.unwrap();
}

async fn a_stream_is_shown_with_who_waits(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let text = place.says(&["streams", "show", "account/1"]).await;
    assert!(text.starts_with("account/1 is at version 3\ncollect waits behind a letter, from position "), "{text}");
    let stream = place.json(&["streams", "show", "account/1", "--from", "2", "--limit", "1"]).await;
    assert_eq!((stream["events"].as_array().unwrap().len(), &stream["events"][0]["version"]), (1, &json!(2)));
    assert_eq!(place.json(&["streams", "show", "account/9"]).await["version"], json!(0));
    app.shutdown().await.unwrap();
}

/// And whoever reads them may go.
async fn events_that_come_are_followed(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let mut tail = place.start(&["tail", "-n", "1", "--follow", "--event", "invoice_sent", "--json"]);
    let mut lines = BufReader::new(tail.stdout.take().unwrap());
    let mut next = async || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()["stream"].clone()
    };
    assert_eq!(next().await, json!("account/2"));
    app.publish(sent(7, 7, "EUR")).await.unwrap();
    assert_eq!(next().await, json!("account/7"));
    drop(lines);
    app.publish(sent(8, 8, "EUR")).await.unwrap();
    let mut status = None;
    eventually("it ends by itself", async || {
        status = tail.try_wait().unwrap();
        status.is_some()
    })
    .await;
    assert_eq!(status.unwrap().code(), Some(0));
    app.shutdown().await.unwrap();
}
