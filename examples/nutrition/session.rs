//! A running dispatcher, with what its handlers need.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use events::nutrition::Currency;
use events::prelude::*;
use events::store::LogQuery;

use crate::clock::DiaryClock;
use crate::gateway::{FakeGateway, ReceiptGateway};
use crate::handlers::{Outbox, Totals};

/// How long retries are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Session {
    pub(crate) app: EventDispatcher,
    pub(crate) clock: Arc<DiaryClock>,
    pub(crate) outbox: Outbox,
    pub(crate) totals: Totals,
}

impl Session {
    /// Starts a dispatcher on a store; `learned` are the currencies the gateway accepts meanwhile.
    pub(crate) async fn start(store: EventStore, learned: &[Currency]) -> anyhow::Result<Self> {
        let newest = store.read_log(LogQuery::new().before(None).with_limit(1)).await?;
        let newest = newest.events().first().and_then(|event| event.metadata().recorded_at());
        let clock = Arc::new(DiaryClock::starting_at(newest.unwrap_or(DateTime::UNIX_EPOCH)));
        let (outbox, totals) = (Outbox::default(), Totals::from_history(&store).await?);
        let gateway: Arc<dyn ReceiptGateway> = Arc::new(FakeGateway::accepting(learned));
        let app = EventDispatcher::builder()
            .store(store)
            .clock(clock.clone())
            .state(outbox.clone())
            .state(totals.clone())
            .state(gateway)
            .retry(RetryPolicy::new(4).with_initial_delay(Duration::from_millis(50)))
            .build_tag(concat!("nutrition ", env!("CARGO_PKG_VERSION")))
            .start()
            .await?;
        Ok(Self { app, clock, outbox, totals })
    }

    /// Waits until no handler is left to be called again.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.app.all_settled(PATIENCE).await?;
        Ok(())
    }

    /// Ends the work in the background.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.app.shutdown().await?;
        Ok(())
    }
}
