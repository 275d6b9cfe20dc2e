//! Waiting until nothing is left to retry.

use std::time::Duration;

use crate::dispatcher::{EventDispatcher, Settled};
use crate::error::Error;

/// Waits, up to 30 s, until no letter at all is retrying. With a [`ManualClock`](super::ManualClock)
/// somebody has to advance it meanwhile.
///
/// # Errors
/// If the time is over, or the store can't be read.
///
/// # Examples
/// ```standalone_crate
/// use events::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).start().await?;
/// assert!(events::testing::settled(&app).await?.dead.is_empty());
/// # Ok(())
/// # }
/// ```
pub async fn settled(app: &EventDispatcher) -> Result<Settled, Error> {
    app.all_settled(Duration::from_secs(30)).await
}
