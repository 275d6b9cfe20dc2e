//! `dead-letters edit`: other data for the handler, in place of the event's own.

use std::fs;
use std::io::{self, Read};
use std::time::Duration;

use events::DeadLetterQueue;
use events::store::{LetterId, OperationId, OperationState};
use serde::Serialize;

use super::args::EditArgs;
use crate::failure::{Failure, Found};
use crate::open;
use crate::out::{Out, View};
use crate::runs;

/// How long a process may take to look at the data.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn run(queue: &DeadLetterQueue, args: &EditArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let audit = open::audit(&args.why)?;
    let json = read(&args.data)?;
    let Some(asked) = queue.edit(args.letter, json.trim(), audit).await? else {
        let status = queue.get(args.letter).await?.map(|letter| letter.status);
        let letter = args.letter;
        return Err(Failure::refused(match status {
            Some(status) => format!("letter {letter} is {status}: only what is dead or retrying can be edited"),
            None => format!("there is no letter {letter}"),
        }));
    };
    let ended = runs::wait_for(queue, asked.id, PATIENCE).await?.unwrap_or(asked);
    let (state, result) = (ended.state, ended.result);
    let handler = ended.handler.map(|handler| handler.to_string());
    out.show(&Edited { letter: args.letter, operation: ended.id, state, result, handler })?;
    Ok(if state == OperationState::Failed { Found::Wrong } else { Found::Fine })
}

/// From a file, or from standard input.
fn read(place: &str) -> Result<String, Failure> {
    if place == "-" {
        let mut text = String::new();
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| Failure::refused(format!("standard input can't be read: {error}")))?;
        return Ok(text);
    }
    fs::read_to_string(place).map_err(|error| Failure::refused(format!("`{place}` can't be read: {error}")))
}

#[derive(Serialize)]
struct Edited {
    letter: LetterId,
    operation: OperationId,
    state: OperationState,
    result: Option<String>,
    handler: Option<String>,
}

impl View for Edited {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let Self { letter, operation, state, .. } = self;
        let handler = self.handler.as_deref().unwrap_or("the handler");
        match (state, &self.result) {
            (OperationState::Done, _) => {
                out.line(format_args!("Letter {letter} is edited: {handler} gets these data from now on."))
            }
            (OperationState::Failed, Some(result)) => out.line(format_args!("Letter {letter} isn't edited: {result}")),
            _ => out.line(format_args!(
                "Operation {operation} is {state}: a process that has {handler} has to look at the data first. \
                 `events audit` shows what comes of it."
            )),
        }
    }
}
