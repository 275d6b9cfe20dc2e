//! The child that runs the handlers until it is killed.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use events::prelude::*;

use crate::Sabotage;
use crate::engine::Engine;
use crate::handlers::{Desk, chosen};
use crate::journal::Journal;

/// How soon the other worker takes over: a run has no time for more.
pub(crate) const LEASE: Duration = Duration::from_secs(1);

/// Works for ever.
#[expect(clippy::print_stdout, reason = "it tells the parent")]
pub(crate) async fn work(engine: &Engine, sabotage: Option<Sabotage>) -> Result<()> {
    let desk = Desk {
        journal: Journal::open(engine.folder())?,
        outside: engine.outside()?,
        forgets: sabotage == Some(Sabotage::Forget),
        stumbles: Arc::default(),
    };
    let app = EventDispatcher::builder()
        .store(engine.open().await?)
        .handlers(chosen(engine.name(), sabotage))
        .state(desk)
        .lease(LEASE)
        .start()
        .await?;
    println!("ready");
    pending::<()>().await;
    drop(app);
    Ok(())
}
