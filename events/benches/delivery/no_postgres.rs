//! Built without the PostgreSQL store.

use crate::{Bench, BoxError};

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    if bench.wanted.names_postgres() {
        return Err("the store in PostgreSQL is measured with `--features postgres`".into());
    }
    Ok(())
}
