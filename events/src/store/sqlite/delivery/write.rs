//! What the owner of a lane writes.

use rusqlite::{Connection, params};

use super::super::error::store_error;
use super::super::letters;
use super::super::rows::clamped;
use super::handlers;
use crate::error::Error;
use crate::store::{HandlerState, LaneAnswer, LaneWrite};

/// The first statement asks whether the lane is the writer's, and where its checkpoint is. If not,
/// nothing is written: the transaction may go on with what others want. Positions have been checked.
pub(in super::super) fn write(connection: &Connection, write: &LaneWrite) -> Result<LaneAnswer, Error> {
    if !advance(connection, write).map_err(store_error)? {
        return Ok(LaneAnswer::Lost);
    }
    let letters = letters::write(connection, &write.letters)?;
    for attempt in &write.attempts {
        letters::finish_in_lane(connection, attempt, write)?;
    }
    park(connection, write).map_err(store_error)?;
    if let Some(reason) = &write.halt {
        let (handler, at) = (&write.lane.handler, write.at.timestamp_micros());
        handlers::enter(connection, handler, HandlerState::Halted, Some(reason), at).map_err(store_error)?;
    }
    Ok(LaneAnswer::Written { letters })
}

/// Moves the checkpoint, if it is to move. Answers whether the lane is the writer's.
fn advance(connection: &Connection, write: &LaneWrite) -> rusqlite::Result<bool> {
    const HELD: &str = "SELECT 1 FROM handler_lanes \
                        WHERE handler = ?1 AND partition = ?2 AND epoch = ?3 AND owner IS NOT NULL";
    let (handler, partition, epoch) = (write.lane.handler.as_str(), write.lane.partition, clamped(write.lane.epoch));
    let Some(advance) = write.advance else {
        return connection.prepare_cached(HELD)?.exists(params![handler, partition, epoch]);
    };
    let mut move_on = connection.prepare_cached(include_str!("../sql/advance_lane.sql"))?;
    let (from, to) = (clamped(advance.from.value()), clamped(advance.to.value()));
    Ok(move_on.execute(params![handler, partition, epoch, from, to])? > 0)
}

fn park(connection: &Connection, write: &LaneWrite) -> rusqlite::Result<()> {
    const RELEASE: &str = "DELETE FROM parked_keys WHERE handler = ?1 AND partition = ?2 AND key = ?3";
    let (handler, partition) = (write.lane.handler.as_str(), write.lane.partition);
    for key in &write.release {
        connection.prepare_cached(RELEASE)?.execute(params![handler, partition, key])?;
    }
    for parked in &write.park {
        let mut park = connection.prepare_cached(include_str!("../sql/park_key.sql"))?;
        park.execute(params![handler, partition, parked.key, clamped(parked.from.value())])?;
    }
    Ok(())
}
