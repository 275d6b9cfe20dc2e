//! The contract of the event store, on every backend.

use events::EventStore;
use events::store::MemoryBackend;

events::contract_suite!(memory, async || EventStore::new(MemoryBackend::new()), without transactions);

#[cfg(feature = "sqlite")]
events::contract_suite!(sqlite_file, crate::sqlite::in_a_folder);

#[cfg(feature = "sqlite")]
events::contract_suite!(sqlite_memory, async || {
    use events::store::{SqliteBackend, SqliteOptions};
    EventStore::new(SqliteBackend::open(SqliteOptions::in_memory()).await.unwrap())
});

#[cfg(feature = "postgres")]
events::contract_suite!(postgres, crate::postgres::in_a_schema);
