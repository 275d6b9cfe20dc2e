//! How much a failing handler may leave behind before it stops.
//!
//! Letters that are open, and keys that wait, are the operator's to look at; so many of them mean that
//! nobody does. The event that is too much has its letter like any other, and the handler halts with it.

use super::{End, Lane};
use crate::store::LaneWrite;

/// How many letters are counted at once.
const PAGE: usize = 1_000;

impl Lane {
    /// Counts the letter that a write is to make beside so many other keys that wait, and halts the handler
    /// with it where there is no room for one more.
    pub(super) async fn count_letter(&mut self, write: &mut LaneWrite, parked: usize) -> Result<(), End> {
        let limit = self.handler.letter_limit;
        // What was counted may have been closed since, by an attempt or an operator.
        let open = match self.open_letters.filter(|open| *open < limit) {
            Some(open) => open,
            None => self.open_letters().await?,
        };
        self.open_letters = Some(open + 1);
        let full = if open >= limit {
            "letters are open"
        } else if parked >= limit {
            "keys wait behind letters"
        } else {
            return Ok(());
        };
        write.halt.get_or_insert_with(|| {
            format!(
                "{limit} {full} already, which is the limit of a lane: redrive or discard letters, then resume the handler"
            )
        });
        Ok(())
    }

    /// A letter was closed.
    pub(super) fn letter_closed(&mut self) {
        self.open_letters = self.open_letters.map(|open| open.saturating_sub(1));
    }

    /// Where there is no room for another letter, those that are being tried come first: events that fail
    /// meanwhile would halt the handler again.
    pub(super) fn tries_letters_first(&self) -> bool {
        !self.retrying.is_empty() && self.open_letters.is_some_and(|open| open >= self.handler.letter_limit)
    }

    /// Counts the lane's open letters, up to the limit.
    pub(super) async fn open_letters(&self) -> Result<usize, End> {
        let limit = self.handler.letter_limit;
        let mut page = self.lane_letters().blocking();
        let mut open = 0;
        loop {
            // They are read whole, so not all at once.
            let letters = self.store.backend().letters(page.clone().with_limit(PAGE.min(limit - open))).await?;
            open += letters.len();
            match letters.last() {
                Some(last) if open < limit => page = page.after(last.id),
                _ => return Ok(open),
            }
        }
    }
}
