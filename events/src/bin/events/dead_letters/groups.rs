//! `dead-letters groups`.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, Utc};
use events::dead_letter::FailureGroup;
use events::store::LetterStatus;
use events::{Class, DeadLetterQueue, EventName, HandlerName};
use serde::Serialize;

use super::args::Filter;
use super::pick;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::text;

/// How many digits of a group's name are shown: enough to tell thousands apart.
const SHORT: usize = 8;

pub(super) async fn run(queue: &DeadLetterQueue, filter: &Filter, out: &mut Out<'_>) -> Result<Found, Failure> {
    let mut filter = filter.clone();
    if filter.status.is_empty() {
        filter.status = vec![LetterStatus::Retrying, LetterStatus::Dead];
    }
    let groups = queue.groups(pick::query(queue, &filter).await?).await?;
    out.show(&Groups::from(groups))?;
    Ok(Found::Fine)
}

#[derive(Serialize)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    group: String,
    handler: HandlerName,
    event: EventName,
    class: Class,
    error: Option<String>,
    error_type: Option<String>,
    letters: BTreeMap<LetterStatus, u64>,
    streams: u64,
    parked: u64,
    first_failed_at: DateTime<Utc>,
    last_failed_at: DateTime<Utc>,
    build: String,
}

impl Groups {
    /// How many letters there are in all.
    pub(super) fn letters(&self) -> u64 {
        self.groups.iter().flat_map(|group| group.letters.values()).sum()
    }
}

impl From<Vec<FailureGroup>> for Groups {
    fn from(groups: Vec<FailureGroup>) -> Self {
        let group = |group: FailureGroup| Group {
            group: pick::name(group.fingerprint),
            error: group.error.as_ref().map(ToString::to_string),
            error_type: group.error.as_ref().map(|error| error.type_name().to_owned()),
            handler: group.handler,
            event: group.event,
            class: group.class,
            letters: group.by_status,
            streams: group.streams,
            parked: group.parked,
            first_failed_at: group.first_failed_at,
            last_failed_at: group.last_failed_at,
            build: group.build,
        };
        Self { groups: groups.into_iter().map(group).collect() }
    }
}

impl View for Groups {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let rows = self.groups.iter().map(|group| {
            [
                text::start(&group.group, SHORT),
                group.handler.to_string(),
                group.class.to_string(),
                text::or_none(group.error.as_deref().map(|error| text::cut(error, 50))),
                group.letters.values().sum::<u64>().to_string(),
                group.streams.to_string(),
                group.parked.to_string(),
                text::time(group.first_failed_at),
                text::time(group.last_failed_at),
                group.build.clone(),
            ]
        });
        let header = ["GROUP", "HANDLER", "CLASS", "ERROR", "LETTERS", "STREAMS", "PARKED", "FIRST", "LAST", "BUILD"];
        out.table(header, rows.collect(), "There are no such letters.")
    }
}
