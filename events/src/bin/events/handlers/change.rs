//! Pausing, resuming, resetting, rebuilding and removing.

use std::io;

use events::store::{HandlerRow, LetterQuery, LetterStatus};
use events::{DeadLetterQueue, DurableHandlers, EventStore, HandlerName};
use serde::Serialize;

use super::row;
use crate::args::{HandlersCommand, Why};
use crate::confirm::confirm;
use crate::failure::{Failure, Found};
use crate::open;
use crate::out::{Out, View};
use crate::text;

pub(super) async fn run(store: &EventStore, command: &HandlersCommand, out: &mut Out<'_>) -> Result<Found, Failure> {
    let handlers = DurableHandlers::new(store.clone());
    let (name, action) = match command {
        HandlersCommand::List(_) => return Ok(Found::Fine),
        HandlersCommand::Pause { handler, why } => {
            handlers.pause(handler.as_str(), open::audit(why)?).await?;
            (handler, "pause")
        }
        HandlersCommand::Resume { handler, why } => {
            handlers.resume(handler.as_str(), open::audit(why)?).await?;
            (handler, "resume")
        }
        HandlersCommand::Reset { handler, to, why, yes } => {
            let place = if to.value() == 0 { "the start of the log".to_owned() } else { format!("position {to}") };
            let what = format!("`{handler}` would begin again after {place}, and meet those events a second time");
            let audit = consent(store, &handlers, handler, &what, why, *yes).await?;
            handlers.reset(handler.as_str(), *to, audit).await?;
            (handler, "reset")
        }
        HandlersCommand::Rebuild { handler, why, yes } => {
            let what = format!("`{handler}` would begin again, and meet all its events a second time");
            let audit = consent(store, &handlers, handler, &what, why, *yes).await?;
            handlers.rebuild(handler.as_str(), audit).await?;
            (handler, "rebuild")
        }
        HandlersCommand::Remove { handler, why, yes } => {
            let what = format!("`{handler}` would be forgotten, with how far it has got");
            let audit = consent(store, &handlers, handler, &what, why, *yes).await?;
            handlers.remove(handler.as_str(), audit).await?;
            (handler, "remove")
        }
    };
    let owners = handlers.get(name.as_str()).await?.map_or_else(Vec::new, |row| row::owners(&row));
    out.show(&Changed { handler: name.as_str().into(), action, owners })?;
    Ok(Found::Fine)
}

/// Says what would happen to the handler's letters, and asks.
async fn consent(
    store: &EventStore,
    handlers: &DurableHandlers,
    handler: &str,
    what: &str,
    why: &Why,
    yes: bool,
) -> Result<events::Audit, Failure> {
    let audit = open::audit(why)?;
    let known: Option<HandlerRow> = handlers.get(handler).await?;
    let row = known.ok_or_else(|| Failure::refused(format!("the store knows no durable handler `{handler}`")))?;
    if !yes {
        let open = LetterQuery::new().handler(handler).status(LetterStatus::Retrying).status(LetterStatus::Dead);
        let groups = DeadLetterQueue::new(store.clone()).groups(open).await?;
        let letters = groups.iter().map(events::dead_letter::FailureGroup::letters).sum();
        let (letters, keys) = (text::count(letters, "open letter"), text::count(row.parked, "key"));
        confirm(yes, &format!("{what}; {letters} would be discarded, and {keys} would wait no longer"))?;
    }
    Ok(audit)
}

#[derive(Serialize)]
struct Changed {
    handler: HandlerName,
    action: &'static str,
    /// The processes that run the handler, and follow.
    owners: Vec<String>,
}

impl View for Changed {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let Self { handler, action, owners } = self;
        match (*action, owners.is_empty()) {
            ("pause", false) => {
                out.line(format_args!("{handler} is paused; {} stops within a few seconds.", owners.join(", ")))
            }
            ("pause", true) => out.line(format_args!("{handler} is paused.")),
            ("remove", _) => out.line(format_args!("{handler} is removed.")),
            ("resume", _) => out.line(format_args!("{handler} is running; a process that declares it takes it up.")),
            _ => out.line(format_args!("{handler} begins again; a process that declares it takes it up.")),
        }
    }
}
