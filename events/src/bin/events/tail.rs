//! `tail`: the newest events, and those that come.

use std::io;
use std::time::Duration;

use events::store::{EventFilter, LogQuery};
use events::{EventStore, Position, RecordedEvent};

use crate::args::TailArgs;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::text;

pub(crate) mod event;

use event::Event;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(500);
/// The most events that a store reads at once.
const PAGE: usize = 1_000;

pub(crate) async fn run(store: &EventStore, args: &TailArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let filter = args.event.iter().fold(EventFilter::new(), |filter, name| filter.name(name.as_str()));
    let filter = args.aggregate.iter().fold(filter, |filter, name| filter.aggregate(name.as_str()));
    let end = end_of_log(store).await?;
    for event in newest(store, &filter, end, args.lines).await? {
        out.show_next(&Line(Event::new(&event, args.payload)))?;
    }
    if args.follow {
        follow(store, filter, end, args.payload, out).await?;
    }
    Ok(Found::Fine)
}

async fn end_of_log(store: &EventStore) -> Result<Position, Failure> {
    let last = store.read_log(LogQuery::new().before(None).with_limit(1)).await?;
    Ok(last.events().first().map_or(Position::START, RecordedEvent::position))
}

/// The newest events up to a position, oldest first.
async fn newest(
    store: &EventStore,
    filter: &EventFilter,
    end: Position,
    most: usize,
) -> Result<Vec<RecordedEvent>, Failure> {
    let mut events = Vec::new();
    let mut before = Some(end.next());
    while let Some(position) = before.filter(|_| events.len() < most) {
        let limit = PAGE.min(most - events.len());
        let query = LogQuery::new().before(Some(position)).with_filter(filter.clone()).with_limit(limit);
        let page = store.read_log(query).await?;
        before = page.next();
        events.extend(page.into_events());
    }
    events.reverse();
    Ok(events)
}

/// Until it is interrupted, or nobody reads any more.
async fn follow(
    store: &EventStore,
    filter: EventFilter,
    end: Position,
    payload: bool,
    out: &mut Out<'_>,
) -> Result<(), Failure> {
    let mut query = LogQuery::new().after(end).with_filter(filter);
    loop {
        let page = store.read_log(query.clone()).await?;
        for event in page.events() {
            out.show_next(&Line(Event::new(event, payload)))?;
        }
        query = query.after(page.through());
        if page.next().is_none() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Line(Event);

impl View for Line {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let event = &self.0;
        let actor = event.actor.as_ref().map(|actor| format!("  by {actor}")).unwrap_or_default();
        let (position, recorded) = (event.position, text::time(event.recorded_at));
        out.line(format_args!("{position:>8}  {recorded}  {:<30} {}{actor}", event.name.as_str(), event.stream))?;
        match &event.payload {
            Some(payload) => out.line(format_args!("          {}", payload.get())),
            None => Ok(()),
        }
    }
}
