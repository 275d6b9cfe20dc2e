//! What only the PostgreSQL store has: transactions of its users, other processes, servers that go.

mod servers;

#[cfg(feature = "postgres")]
mod conditions;
#[cfg(feature = "postgres")]
mod cuts;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod docs;
#[cfg(feature = "postgres")]
mod hints;
#[cfg(feature = "postgres")]
mod joined;
#[cfg(feature = "postgres")]
mod outages;
#[cfg(feature = "postgres")]
mod proxy;
#[cfg(feature = "postgres")]
mod read_only;
#[cfg(feature = "postgres")]
mod stores;

#[cfg(feature = "postgres")]
pub(crate) use stores::in_a_schema;
