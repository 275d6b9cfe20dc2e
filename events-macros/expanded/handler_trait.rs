#[event_handler]
impl EventHandler<UserRegistered> for WelcomeHandler {
    fn handle(&self, event: &UserRegistered, metadata: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}
