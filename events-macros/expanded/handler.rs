#[event_handler]
pub fn audit(event: &UserRegistered, State(journal): State<&Journal>) {
    journal.write(event);
}
