//! Making durable handlers known, and the process that declares them.

use chrono::{DateTime, Utc};

use super::Supervisor;
use crate::clock;
use crate::error::Error;
use crate::store::{Beat, RegisterHandlers};

impl Supervisor {
    /// Makes the handlers known to the store.
    pub(crate) async fn register(&self) -> Result<(), Error> {
        // Before they are looked for: an operator who forgets one is refused from here on, or has done it
        // already, and it is made anew.
        self.store.backend().beat(self.sign_of_life(self.store.now())).await?;
        let registered = self.enter_handlers().await;
        if registered.is_err()
            && let Err(error) = self.store.backend().end_process(self.process.clone()).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a process that hasn't started counts as alive until its lease ends");
        }
        registered
    }

    pub(super) fn sign_of_life(&self, at: DateTime<Utc>) -> Beat {
        let handlers = self.handlers.iter().map(|handler| handler.name().clone()).collect();
        let (process, build, until) = (self.process.clone(), self.build.clone(), clock::after(at, self.lease));
        Beat { process, build, handlers, at, until }
    }

    async fn enter_handlers(&self) -> Result<(), Error> {
        let known = match self.handlers.iter().any(|handler| handler.spec.version > 1) {
            true => self.store.backend().durable_handlers().await?,
            false => Vec::new(),
        };
        let handlers = self.handlers.iter().map(|handler| handler.declaration(&known)).collect();
        let rows = self.store.backend().register_handlers(RegisterHandlers { handlers, at: self.store.now() }).await?;
        for (handler, row) in self.handlers.iter().zip(rows) {
            let (declared, kept) = (handler.spec.partitions, row.lanes.len());
            if usize::try_from(declared).ok() != Some(kept) {
                tracing::warn!(
                    handler = %row.name, declared, kept,
                    "the number of partitions of a known handler stays what it is"
                );
            }
        }
        Ok(())
    }
}
