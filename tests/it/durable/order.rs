//! What is called when.

use events::prelude::*;

use super::{Closed, Desk, Office, Written, copy, follow, on_every_store, written};
use crate::support::eventually;

on_every_store![
    history_is_handled_from_the_start,
    history_is_left_alone_from_now,
    what_is_committed_is_handled_and_settled,
    a_restart_goes_on_where_it_was,
    streams_run_side_by_side_and_each_in_order,
    a_handler_of_other_events_is_not_waited_for,
    partitions_share_the_streams,
];

#[event_handler(durable(from = "start"))]
fn close(event: &Closed, State(desk): State<&Desk>) {
    desk.0.handled.lock().unwrap().push((event.book, 0));
}

#[event_handler(durable(from = "start", partitions = 4))]
async fn spread(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

async fn history_is_handled_from_the_start(office: Office) {
    let app = office.builder([]).build().unwrap();
    for number in 1..=2_500 {
        app.publish(written(number % 3, number)).await.unwrap();
    }
    let app = office.start(handlers![copy]).await;
    eventually("all is copied", async || office.desk.handled().len() == 2_500).await;
    for book in 0..3 {
        assert!(office.desk.numbers(book).is_sorted());
    }
    app.shutdown().await.unwrap();
}

async fn history_is_left_alone_from_now(office: Office) {
    let before = office.builder([]).build().unwrap();
    before.publish(written(1, 1)).await.unwrap();
    let app = office.start(handlers![follow]).await;
    let receipt = app.publish(written(1, 2)).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(office.desk.handled(), [(1, 2)]);
    app.shutdown().await.unwrap();
}

async fn what_is_committed_is_handled_and_settled(office: Office) {
    let app = office.start(handlers![copy]).await;
    for number in 1..=20 {
        let receipt = app.publish(written(1, number)).await.unwrap();
        assert_eq!(receipt.delivery().handled(), 0, "it isn't inline");
        let settled = app.settled(&receipt).await.unwrap();
        assert_eq!(settled.parked, []);
        assert_eq!(office.desk.handled().last(), Some(&(1, number)));
    }
    let lag = app.durable_handlers().lag().await.unwrap();
    assert_eq!((lag[0].handler.as_str(), lag[0].positions, lag[0].oldest), ("copy", 0, None));
    app.shutdown().await.unwrap();
}

async fn a_restart_goes_on_where_it_was(office: Office) {
    let app = office.start(handlers![copy]).await;
    let receipt = app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    app.settled(&receipt).await.unwrap();
    app.shutdown().await.unwrap();
    let between = office.builder([]).build().unwrap();
    between.publish(written(1, 3)).await.unwrap();
    let app = office.start(handlers![copy]).await;
    office.has(1, &[1, 2, 3]).await;
    app.shutdown().await.unwrap();
    assert_eq!(office.desk.calls().len(), 3, "each once: {:?}", office.desk.calls());
}

async fn streams_run_side_by_side_and_each_in_order(office: Office) {
    office.desk.gate();
    let app = office.start(handlers![copy]).await;
    for number in 1..=4 {
        for book in 1..=3 {
            app.publish(written(book, number)).await.unwrap();
        }
    }
    eventually("three books are under way", async || office.desk.under_way() == 3).await;
    assert_eq!(office.desk.calls().len(), 3);
    office.desk.let_through(12);
    for book in 1..=3 {
        office.has(book, &[1, 2, 3, 4]).await;
    }
    app.shutdown().await.unwrap();
}

async fn a_handler_of_other_events_is_not_waited_for(office: Office) {
    office.desk.gate();
    let app = office.start(handlers![copy, close]).await;
    app.publish(written(1, 1)).await.unwrap();
    let receipt = app.publish(Closed { book: 1 }).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(office.desk.handled(), [(1, 0)]);
    office.desk.let_through(1);
    office.has(1, &[0, 1]).await;
    app.shutdown().await.unwrap();
}

async fn partitions_share_the_streams(office: Office) {
    let app = office.start(handlers![spread]).await;
    let events: Vec<_> = (1..=400).map(|number| written(number % 40, number)).collect();
    let receipt = app.publish_batch(events).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(office.desk.handled().len(), 400, "each by one lane");
    for book in 0..40 {
        assert!(office.desk.numbers(book).is_sorted() && office.desk.numbers(book).len() == 10);
    }
    let rows = app.durable_handlers().list().await.unwrap();
    assert_eq!(rows[0].lanes.len(), 4);
    app.shutdown().await.unwrap();
}
