#[event_handler(
    durable(from = "start", order = key(customer)),
    retry(attempts = 5, max_delay = "1m"),
    timeout = "5s"
)]
async fn charge(event: &OrderPlaced, key: IdempotencyKey, attempt: Attempt) -> Result<(), PaymentError> {
    pay(event, key, attempt).await
}
