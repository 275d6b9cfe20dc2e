//! The answers of backends that leave something out.

use std::future::Future;

use crate::error::{Error, ErrorKind};

/// The answer of a backend that takes part in nobody else's transactions.
pub(super) fn not_shared() -> Error {
    Error::new(ErrorKind::Unsupported, "this store can't take part in a transaction of the program's own")
}

/// The answer of a backend that doesn't serve durable handlers.
pub(super) fn unsupported<T: Send>() -> impl Future<Output = Result<T, Error>> + Send {
    let message = "this backend keeps nothing for durable handlers";
    std::future::ready(Err(Error::new(ErrorKind::Unsupported, message)))
}
