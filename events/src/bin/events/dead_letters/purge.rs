//! `dead-letters purge`.

use std::io;

use chrono::{DateTime, Utc};
use events::DeadLetterQueue;
use events::store::{LetterQuery, LetterStatus};
use serde::Serialize;

use super::args::PurgeArgs;
use crate::confirm::confirm;
use crate::failure::{Failure, Found};
use crate::open;
use crate::out::{Out, View};
use crate::text;

/// How many letters are read at once.
const PAGE: usize = 1_000;

pub(super) async fn run(queue: &DeadLetterQueue, args: &PurgeArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let PurgeArgs { status, older_than, why, yes } = args;
    if !status.is_closed() {
        return Err(Failure::refused(format!("letters that are {status} can't be purged: discard them first")));
    }
    let audit = open::audit(why)?;
    let age = chrono::TimeDelta::from_std(*older_than).ok();
    let before = age.and_then(|age| Utc::now().checked_sub_signed(age));
    let before = before.ok_or_else(|| Failure::refused("that is longer ago than there are dates"))?;
    if !yes {
        let letters = text::count(count(queue, *status, before).await?, &format!("{status} letter"));
        confirm(false, &format!("{letters} would be removed for good"))?;
    }
    out.show(&Purged { status: *status, before, purged: queue.purge(*status, before, audit).await? })?;
    Ok(Found::Fine)
}

async fn count(queue: &DeadLetterQueue, status: LetterStatus, before: DateTime<Utc>) -> Result<u64, Failure> {
    let (mut count, mut query) = (0, LetterQuery::new().status(status).with_limit(PAGE));
    loop {
        let page = queue.list(query.clone()).await?;
        count += page.iter().filter(|letter| letter.closed_at.is_some_and(|closed| closed < before)).count();
        match page.last() {
            Some(last) if page.len() == PAGE => query = query.after(last.id),
            _ => return Ok(count as u64),
        }
    }
}

#[derive(Serialize)]
struct Purged {
    status: LetterStatus,
    before: DateTime<Utc>,
    purged: u64,
}

impl View for Purged {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let letters = text::count(self.purged, &format!("{} letter", self.status));
        out.line(format_args!("{letters} from before {} removed.", text::time(self.before)))
    }
}
