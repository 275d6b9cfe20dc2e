//! The runtime for threads that belong to none.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle};

use crate::error::{Error, ErrorKind};

static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);

/// The runtime of `publish_blocking`, made on first use. It lasts as long as the process, because
/// what a call has begun may outlast the call: a commit that a handler has given up, a task that it
/// has spawned.
pub(crate) fn runtime() -> Result<Handle, Error> {
    let mut slot = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*slot {
        return Ok(handle.clone());
    }
    let handle = make().map_err(|error| {
        Error::new(ErrorKind::Unavailable, "no runtime could be made for the call").with_source(error)
    })?;
    *slot = Some(handle.clone());
    Ok(handle)
}

/// A runtime whose timers are driven by a thread of its own; calls are polled on the callers' threads.
fn make() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let drive = move || runtime.block_on(std::future::pending::<()>());
    thread::Builder::new().name("events-blocking".to_owned()).spawn(drive)?;
    Ok(handle)
}
