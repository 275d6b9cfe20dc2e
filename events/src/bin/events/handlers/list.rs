//! `handlers list`.

use std::io;
use std::time::{Duration, Instant};

use events::EventStore;
use serde::Serialize;

use super::row::{self, Row};
use crate::args::HandlersListArgs;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::text::{self, NONE};

pub(super) async fn run(store: &EventStore, args: &HandlersListArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let Some(seconds) = args.watch else {
        out.show(&List { handlers: row::read(store).await? })?;
        return Ok(Found::Fine);
    };
    let mut before: Option<(Instant, Vec<Row>)> = None;
    let mut look: u64 = 0;
    loop {
        let (at, mut rows) = (Instant::now(), row::read(store).await?);
        if let Some((then, before)) = &before {
            rate(&mut rows, before, at.duration_since(*then));
        }
        let list = List { handlers: rows };
        out.show_next(&list)?;
        look += 1;
        if args.looks.is_some_and(|looks| look >= looks) {
            return Ok(Found::Fine);
        }
        if !out.is_json() {
            out.line("")?;
        }
        before = Some((at, list.handlers));
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// How fast the checkpoints have moved since the last look. One that was reset has no rate.
fn rate(rows: &mut [Row], before: &[Row], time: Duration) {
    for row in rows {
        let known = before.iter().find(|known| known.handler == row.handler);
        let moved = known.and_then(|known| row.checkpoint.value().checked_sub(known.checkpoint.value()));
        row.rate = moved.map(|moved| moved as f64 / time.as_secs_f64().max(0.001));
    }
}

#[derive(Serialize)]
struct List {
    handlers: Vec<Row>,
}

impl View for List {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let header =
            ["HANDLER", "STATE", "WHY", "LAG", "OLDEST", "RATE", "RETRYING", "DEAD", "PARKED", "OWNER", "BUILD"];
        let rows = self.handlers.iter().map(cells).collect();
        out.table(header, rows, "The store knows no durable handler.")
    }
}

fn cells(row: &Row) -> [String; 11] {
    let owner = match row.owners.as_slice() {
        [] => NONE.to_owned(),
        [owner] => owner.clone(),
        owners => format!("{} processes", owners.len()),
    };
    [
        row.handler.to_string(),
        row.state.as_str().to_owned(),
        text::or_none(row.why.as_deref().map(|why| text::cut(why, 40))),
        row.lag.to_string(),
        text::or_none(row.oldest_seconds.map(|seconds| text::short(Duration::from_secs(seconds)))),
        text::or_none(row.rate.map(|rate| format!("{rate:.0}/s"))),
        row.retrying.to_string(),
        row.dead.to_string(),
        row.parked.to_string(),
        owner,
        row.build.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::row::State;
    use super::*;
    use events::Position;

    fn row(handler: &str, checkpoint: u64) -> Row {
        Row {
            handler: handler.into(),
            state: State::Running,
            why: None,
            since: Default::default(),
            detached: false,
            checkpoint: Position::new(checkpoint),
            lag: 0,
            oldest_seconds: None,
            rate: None,
            retrying: 0,
            dead: 0,
            parked: 0,
            lanes: 1,
            owners: vec!["web-1".into()],
            build: "shop 1.4.2".into(),
        }
    }

    #[test]
    fn a_rate_is_what_the_checkpoint_has_moved() {
        let before = [row("mail", 100), row("reset", 100)];
        let mut now = [row("mail", 600), row("reset", 0), row("new", 7)];
        rate(&mut now, &before, Duration::from_secs(2));
        assert_eq!(now.each_ref().map(|row| row.rate), [Some(250.0), None, None]);
        assert_eq!((cells(&now[0])[5].as_str(), cells(&now[1])[5].as_str()), ("250/s", "-"));
    }
}
