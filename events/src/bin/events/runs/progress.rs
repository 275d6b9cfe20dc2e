//! Waiting for what a process carries out, with a bar where somebody looks.

use std::time::Duration;

use events::DeadLetterQueue;
use events::dead_letter::Run;
use events::store::{Operation, OperationId};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

/// How often to look.
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until a run has ended, and shows how far it is, if standard error is a terminal.
pub(crate) async fn wait(queue: &DeadLetterQueue, id: OperationId) -> Result<Run, Failure> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} letters, {msg}") {
        bar.set_style(style);
    }
    loop {
        let run = queue.run(id).await?.ok_or_else(|| super::unknown(id))?;
        let progress = run.progress;
        bar.set_length(progress.total);
        bar.set_position(progress.finished());
        bar.set_message(match &run.operation.owner {
            None => "waiting for a process that has the handler".to_owned(),
            Some(owner) => format!("{} failed, by {owner}", progress.failed),
        });
        // The last of its letters may be under way when it begins no more.
        if !run.operation.state.is_open() && progress.retrying == 0 {
            // Its last state is drawn whatever was drawn just before, and stays above the answer.
            bar.abandon();
            return Ok(run);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits for a request to come to its end, but not for longer than that.
pub(crate) async fn wait_for(
    queue: &DeadLetterQueue,
    id: OperationId,
    patience: Duration,
) -> Result<Option<Operation>, Failure> {
    let waiting = async {
        loop {
            match queue.operation(id).await? {
                Some(operation) if operation.state.is_open() => tokio::time::sleep(PAUSE).await,
                ended => return Ok(ended),
            }
        }
    };
    match tokio::time::timeout(patience, waiting).await {
        Ok(ended) => ended,
        Err(_) => Ok(queue.operation(id).await?),
    }
}
