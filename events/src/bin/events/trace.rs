//! `trace`: all events of one chain, and what became of them.

use std::collections::{HashMap, HashSet};
use std::io;

use events::store::{EventFilter, LetterId, LetterQuery, LetterStatus, LogQuery};
use events::{DeadLetterQueue, EventId, EventStore, HandlerName};
use serde::Serialize;

use crate::args::TraceArgs;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::tail::event::Event;
use crate::text;

/// Of how many events the letters are asked for at once.
const SOME: usize = 500;

pub(crate) async fn run(store: &EventStore, args: &TraceArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let mut events = Vec::new();
    let mut query = LogQuery::new().with_filter(EventFilter::new().correlation_id(args.correlation));
    loop {
        let page = store.read_log(query.clone()).await?;
        events.extend(page.events().iter().map(|event| Event::new(event, args.payload)));
        match page.next() {
            Some(next) => query = query.after(next),
            None => break,
        }
    }
    let letters = letters(store, &events).await?;
    out.show(&Trace::new(args.correlation.to_string(), events, letters))?;
    Ok(Found::Fine)
}

async fn letters(store: &EventStore, events: &[Event]) -> Result<Vec<Letter>, Failure> {
    let queue = DeadLetterQueue::new(store.clone());
    let mut letters = Vec::new();
    for some in events.chunks(SOME) {
        let about = LetterQuery::new().event_ids(some.iter().map(|event| event.event_id));
        letters.extend(queue.list(about).await?.into_iter().map(|letter| Letter {
            id: letter.id,
            event_id: letter.event_id,
            handler: letter.handler.clone(),
            status: letter.status,
            error: letter.error.as_ref().map(ToString::to_string),
        }));
    }
    Ok(letters)
}

#[derive(Serialize)]
struct Trace {
    correlation_id: String,
    events: Vec<Node>,
}

/// An event with its depth below the one that began the chain.
#[derive(Serialize)]
struct Node {
    depth: usize,
    #[serde(flatten)]
    event: Event,
    letters: Vec<Letter>,
}

#[derive(Serialize)]
struct Letter {
    id: LetterId,
    #[serde(skip)]
    event_id: EventId,
    handler: HandlerName,
    status: LetterStatus,
    error: Option<String>,
}

impl Trace {
    /// Puts each event below its cause, those of one cause in the order of the log.
    fn new(correlation_id: String, events: Vec<Event>, letters: Vec<Letter>) -> Self {
        let mut letters_of: HashMap<EventId, Vec<Letter>> = HashMap::new();
        letters.into_iter().for_each(|letter| letters_of.entry(letter.event_id).or_default().push(letter));
        let known: HashSet<EventId> = events.iter().map(|event| event.event_id).collect();
        let mut caused: HashMap<Option<EventId>, Vec<Event>> = HashMap::new();
        // From the last to the first: they are taken from the end.
        for event in events.into_iter().rev() {
            let cause = event.causation_id.filter(|cause| known.contains(cause) && *cause != event.event_id);
            caused.entry(cause).or_default().push(event);
        }
        let mut nodes = Vec::new();
        let mut causes: Vec<(usize, Option<EventId>)> = vec![(0, None)];
        while let Some((depth, cause)) = causes.last().copied() {
            match caused.get_mut(&cause).and_then(Vec::pop) {
                Some(event) => {
                    let letters = letters_of.remove(&event.event_id).unwrap_or_default();
                    causes.push((depth + 1, Some(event.event_id)));
                    nodes.push(Node { depth, event, letters });
                }
                None => drop(causes.pop()),
            }
        }
        Self { correlation_id, events: nodes }
    }
}

impl View for Trace {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        if self.events.is_empty() {
            return out.line(format_args!("There is no event of the chain {}.", self.correlation_id));
        }
        for Node { depth, event, letters } in &self.events {
            let indent = "  ".repeat(*depth);
            let (position, recorded) = (event.position, text::time(event.recorded_at));
            out.line(format_args!("{position:>8}  {recorded}  {indent}{} of {}", event.name, event.stream))?;
            let margin = format!("{:30}  {indent}", "");
            if let Some(payload) = &event.payload {
                out.line(format_args!("{margin}  {}", payload.get()))?;
            }
            for Letter { id, handler, status, error, .. } in letters {
                let error = error.as_ref().map(|error| format!(": {}", text::cut(error, 80))).unwrap_or_default();
                out.line(format_args!("{margin}  letter {id}, {status}: {handler}{error}"))?;
            }
        }
        Ok(())
    }
}
