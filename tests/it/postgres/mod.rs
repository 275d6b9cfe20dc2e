//! What only the PostgreSQL store has: transactions of its users, other processes, servers that go.

mod servers;
#[cfg(feature = "postgres")]
mod stores;

#[cfg(feature = "postgres")]
pub(crate) use stores::in_a_schema;
