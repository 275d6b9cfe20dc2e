//! One dispatcher for the whole process, for code that nobody hands one to.

use std::sync::OnceLock;

use super::EventDispatcher;
use crate::commit::Receipt;
use crate::error::{Error, ErrorKind};
use crate::event::DomainEvent;

static GLOBAL: OnceLock<EventDispatcher> = OnceLock::new();

impl EventDispatcher {
    /// Makes this the dispatcher of [`events::publish`](publish()) and
    /// [`events::publish_blocking`](publish_blocking()).
    ///
    /// # Errors
    /// If there is one already; it stays.
    pub fn install_global(&self) -> Result<(), Error> {
        GLOBAL
            .set(self.clone())
            .map_err(|_| Error::new(ErrorKind::Conflict, "a global dispatcher is installed already, and it stays"))
    }
}

/// The dispatcher of the whole process.
///
/// # Errors
/// If none was installed.
///
/// # Examples
/// ```standalone_crate
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use events::dispatcher::global;
/// use events::prelude::*;
///
/// assert!(global().unwrap_err().is_not_found());
/// EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?.install_global()?;
/// println!("{}", global()?.catalog());
/// # Ok(())
/// # }
/// ```
pub fn global() -> Result<&'static EventDispatcher, Error> {
    GLOBAL.get().ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "no global dispatcher: call `install_global()` on one when the program starts")
    })
}

/// Publishes through the dispatcher of the whole process.
///
/// # Errors
/// If none was installed; else as [`EventDispatcher::publish`].
///
/// # Cancel safety
/// As [`EventDispatcher::publish`].
///
/// # Examples
/// ```standalone_crate
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?.install_global()?;
/// events::publish(Ping).await?;
/// # Ok(())
/// # }
/// ```
pub async fn publish<E: DomainEvent>(event: E) -> Result<Receipt, Error> {
    global()?.publish(event).await
}

/// Publishes through the dispatcher of the whole process, from a thread that belongs to no runtime.
///
/// # Errors
/// If none was installed; else as [`EventDispatcher::publish_blocking`].
///
/// # Examples
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?.install_global()?;
/// let receipt = events::publish_blocking(Ping)?;
/// assert_eq!(receipt.events().len(), 1);
/// # Ok(())
/// # }
/// ```
pub fn publish_blocking<E: DomainEvent>(event: E) -> Result<Receipt, Error> {
    global()?.publish_blocking(event)
}
