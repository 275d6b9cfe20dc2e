//! Processes: who is alive, and which handlers they declare.

use chrono::{DateTime, Utc};

use crate::id::{HandlerName, ProcessId};

/// A sign of life of a process, which also renews the leases of all its lanes.
///
/// ```
/// use events::store::{Beat, MemoryBackend, StorageBackend};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let now = chrono::Utc::now();
/// let beat = Beat {
///     process: "web-1".into(),
///     build: "shop 1.4.2".into(),
///     handlers: vec!["send_welcome".into()],
///     at: now,
///     until: now + Duration::from_secs(20),
/// };
/// let backend = MemoryBackend::new();
/// assert!(backend.beat(beat).await?.is_empty(), "it holds no lanes");
/// assert_eq!(backend.processes(now).await?[0].process, "web-1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Beat {
    /// The process.
    pub process: ProcessId,
    /// Its build.
    pub build: String,
    /// The durable handlers that it declares.
    pub handlers: Vec<HandlerName>,
    /// The time now.
    pub at: DateTime<Utc>,
    /// Until when it counts as alive, and its leases hold.
    pub until: DateTime<Utc>,
}

/// A process that is alive, as the store knows it.
///
/// ```
/// use events::store::ProcessRow;
///
/// let time = chrono::DateTime::default();
/// let process = ProcessRow {
///     process: "web-1".into(),
///     build: "shop 1.4.2".into(),
///     handlers: vec!["send_welcome".into()],
///     started_at: time,
///     until: time,
/// };
/// assert!(process.handlers.iter().any(|handler| *handler == "send_welcome"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRow {
    /// The process.
    pub process: ProcessId,
    /// Its build.
    pub build: String,
    /// The durable handlers that it declares.
    pub handlers: Vec<HandlerName>,
    /// When it gave its first sign of life.
    pub started_at: DateTime<Utc>,
    /// Until when it counts as alive.
    pub until: DateTime<Utc>,
}
