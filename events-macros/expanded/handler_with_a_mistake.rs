#[event_handler(durable(form = "start"))]
fn audit(event: UserRegistered) {}
