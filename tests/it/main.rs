//! What the framework promises, tried out from the outside.
//!
//! Handlers in this binary are registered at link time for all of its dispatchers, so every test
//! chooses its own. All events are known to all dispatchers: their names begin with the file's.

#[cfg(test)]
mod async_bus;
#[cfg(test)]
mod bus;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod dispatcher;
#[cfg(test)]
mod durable;
#[cfg(test)]
mod macros_aggregate;
#[cfg(test)]
mod macros_delivery;
#[cfg(test)]
mod macros_event;
mod macros_extractor;
#[cfg(test)]
mod macros_handler;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod sourcing;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod subscribe;
#[cfg(test)]
mod support;
#[cfg(test)]
mod traces;
