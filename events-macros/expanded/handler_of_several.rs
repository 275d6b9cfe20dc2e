#[event_handler(events(OrderPlaced, OrderShipped), priority = 10)]
fn follow(event: &RecordedEvent) -> Outcome {
    Outcome::Done
}
