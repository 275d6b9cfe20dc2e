//! Lanes: taking them and giving them back.

use sqlx::Connection;

use super::super::link::{Failure, Link};
use super::super::rows::{clamped, limit};
use super::super::statements::Statements;
use super::super::values::Time;
use super::rows::{self, damaged};
use crate::id::HandlerName;
use crate::store::{ClaimLanes, Lane, LaneLease};

pub(in super::super) async fn claim(
    link: &mut Link,
    statements: &Statements,
    claim: &ClaimLanes,
) -> Result<Vec<LaneLease>, Failure> {
    let handlers: Vec<_> = claim.handlers.iter().map(HandlerName::as_str).collect();
    let until = Time::new("end of the lease", claim.lease_until)?;
    let mut transaction = link.connection.begin().await?;
    let taken = sqlx::query(statements.open_lanes.safe())
        .bind(Time::at_most(claim.now))
        .bind(claim.owner.as_str())
        .bind(handlers)
        .bind(limit(claim.limit))
        .bind(until)
        .fetch_all(&mut *transaction)
        .await?;
    let mut leases: Vec<_> = taken.iter().map(rows::lease).collect::<Result<_, _>>().map_err(damaged)?;
    for LaneLease { lane, parked, .. } in &mut leases {
        let keys = sqlx::query(statements.parked_keys_of_lane.safe()).bind(lane.handler.as_str());
        let keys = keys.bind(i64::from(lane.partition)).fetch_all(&mut *transaction).await?;
        *parked = keys.iter().map(rows::parked_key).collect::<Result<_, _>>().map_err(damaged)?;
    }
    transaction.commit().await?;
    Ok(leases)
}

pub(in super::super) async fn release(link: &mut Link, statements: &Statements, lanes: &[Lane]) -> Result<(), Failure> {
    let mut transaction = link.connection.begin().await?;
    for lane in lanes {
        let free = sqlx::query(statements.release_lane.safe()).bind(lane.handler.as_str());
        let free = free.bind(i64::from(lane.partition)).bind(clamped(lane.epoch));
        free.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}
