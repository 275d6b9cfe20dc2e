//! Lanes: taking them and giving them back.

use rusqlite::{Connection, Statement, params};

use super::super::conditions::json;
use super::super::error::store_error;
use super::super::rows::{clamped, limit};
use super::rows;
use crate::error::Error;
use crate::id::HandlerName;
use crate::store::{ClaimLanes, Lane, LaneLease, ParkedKey};

pub(in super::super) fn claim(connection: &Connection, claim: &ClaimLanes) -> Result<Vec<LaneLease>, Error> {
    let values =
        params![claim.now.timestamp_micros(), claim.owner.as_str(), json(&claim.handlers)?, limit(claim.limit)];
    let mut open = connection.prepare_cached(include_str!("../sql/open_lanes.sql")).map_err(store_error)?;
    let leases = open.query_map(values, rows::lease).map_err(store_error)?;
    let mut leases: Vec<LaneLease> = leases.collect::<rusqlite::Result<_>>().map_err(rows::damaged)?;
    let mut take = connection.prepare_cached(include_str!("../sql/take_lane.sql")).map_err(store_error)?;
    for LaneLease { lane, parked, .. } in &mut leases {
        let until = claim.lease_until.timestamp_micros();
        take.execute(params![lane.handler.as_str(), lane.partition, claim.owner.as_str(), until])
            .map_err(store_error)?;
        lane.epoch += 1;
        *parked = parked_keys(connection, lane).map_err(rows::damaged)?;
    }
    Ok(leases)
}

fn parked_keys(connection: &Connection, lane: &Lane) -> rusqlite::Result<Vec<ParkedKey>> {
    const KEYS: &str = "SELECT key, from_position FROM parked_keys WHERE handler = ?1 AND partition = ?2 ORDER BY key";
    let mut keys = connection.prepare_cached(KEYS)?;
    let keys = keys.query_map(params![lane.handler.as_str(), lane.partition], rows::parked_key)?;
    keys.collect()
}

/// Those of all lanes, for people.
pub(in super::super) fn parked(connection: &Connection, handler: &HandlerName) -> Result<Vec<ParkedKey>, Error> {
    const KEYS: &str = "SELECT key, from_position FROM parked_keys WHERE handler = ?1 ORDER BY partition, key";
    let mut keys = connection.prepare_cached(KEYS).map_err(store_error)?;
    let keys = keys.query_map([handler.as_str()], rows::parked_key).map_err(store_error)?;
    keys.collect::<rusqlite::Result<_>>().map_err(rows::damaged)
}

pub(in super::super) fn release(connection: &Connection, lanes: &[Lane]) -> Result<(), Error> {
    let mut free = connection.prepare_cached(include_str!("../sql/release_lane.sql")).map_err(store_error)?;
    lanes.iter().try_for_each(|lane| release_one(&mut free, lane)).map_err(store_error)
}

fn release_one(free: &mut Statement<'_>, lane: &Lane) -> rusqlite::Result<()> {
    free.execute(params![lane.handler.as_str(), lane.partition, clamped(lane.epoch)]).map(drop)
}
