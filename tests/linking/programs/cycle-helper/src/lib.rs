//! Helps with the tests of `cycle`, and depends on it.

pub use cycle::CALLS;

/// Publishes an event of the copy of `cycle` that this crate depends on.
///
/// # Errors
/// What the dispatcher answers.
pub async fn publish(app: &events::EventDispatcher) -> Result<(), events::Error> {
    app.publish(cycle::Turned).await.map(drop)
}
