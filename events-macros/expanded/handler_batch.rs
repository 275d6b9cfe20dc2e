#[event_handler(durable(from = "start", batch = 500))]
async fn project(events: &[Envelope<'_, OrderPlaced>], Tx(db): Tx<&mut PgConnection>) -> Result<(), sqlx::Error> {
    insert_all(db, events).await
}
