#[event_handler(timeout = "1s")]
impl Auditor {
    fn registered(&self, event: &UserRegistered) {
        self.write(event);
    }

    #[event_handler(name = "audit.paid")]
    async fn paid(&self, event: Envelope<'_, OrderPaid>) -> anyhow::Result<()> {
        self.send(event).await
    }

    #[event_handler(skip)]
    fn write(&self, event: &UserRegistered) {}
}
