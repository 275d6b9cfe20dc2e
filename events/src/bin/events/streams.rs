//! `streams`: all that has happened to one aggregate.

use std::io;

use events::store::StreamQuery;
use events::{DurableHandlers, EventStore, HandlerName, Position, StreamId, StreamKey, Version};
use serde::Serialize;

use crate::args::StreamsCommand;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::tail::event::Event;
use crate::text;

pub(crate) async fn run(store: &EventStore, command: &StreamsCommand, out: &mut Out<'_>) -> Result<Found, Failure> {
    let StreamsCommand::Show { stream, from, limit, payload } = command;
    let Some((aggregate, id)) = stream.split_once('/') else {
        return Err(Failure::refused(format!(
            "`{stream}` isn't a stream: it is written aggregate/id, such as user/42"
        )));
    };
    let id = StreamId::new(aggregate, &StreamKey::from(id));
    let query = StreamQuery::new().from(Version::new(*from)).with_limit(limit.get());
    let events = store.read_stream(&id, query).await?;
    let snapshot = store.load_snapshot(&id).await?;
    let view = Stream {
        stream: id.to_string(),
        version: store.stream_version(&id).await?,
        snapshot: snapshot.map(|snapshot| snapshot.version),
        waiting: waiting(store, &id).await?,
        events: events.iter().map(|event| Event::new(event, *payload)).collect(),
    };
    out.show(&view)?;
    Ok(Found::Fine)
}

/// The handlers that wait behind one of its events.
async fn waiting(store: &EventStore, stream: &StreamId) -> Result<Vec<Waiting>, Failure> {
    let handlers = DurableHandlers::new(store.clone());
    let key = stream.to_string();
    let mut waiting = Vec::new();
    for row in handlers.list().await? {
        if row.parked == 0 {
            continue;
        }
        let parked = handlers.parked(&row.name).await?.into_iter().find(|parked| parked.key == key);
        waiting.extend(parked.map(|parked| Waiting { handler: row.name, from: parked.from }));
    }
    Ok(waiting)
}

#[derive(Serialize)]
struct Stream {
    stream: String,
    version: Version,
    /// The version of its snapshot.
    snapshot: Option<Version>,
    waiting: Vec<Waiting>,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Waiting {
    handler: HandlerName,
    from: Position,
}

impl View for Stream {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let Self { stream, version, .. } = self;
        let snapshot = self.snapshot.map(|version| format!(", its snapshot at {version}")).unwrap_or_default();
        out.line(format_args!("{stream} is at version {version}{snapshot}"))?;
        for Waiting { handler, from } in &self.waiting {
            out.line(format_args!("{handler} waits behind a letter, from position {from}"))?;
        }
        let rows = self.events.iter().map(|event| {
            [
                event.version.to_string(),
                event.position.to_string(),
                text::time(event.recorded_at),
                format!("{} v{}", event.name, event.schema_version),
                text::or_none(event.actor.as_ref()),
                event.payload.as_ref().map(|payload| payload.get().to_owned()).unwrap_or_default(),
            ]
        });
        let header = ["VERSION", "POSITION", "RECORDED", "EVENT", "ACTOR", ""];
        out.table(header, rows.collect(), "It has no events here.")
    }
}
