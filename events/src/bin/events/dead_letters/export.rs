//! `dead-letters export`.

use std::io::{self, Write};

use events::DeadLetterQueue;
use events::store::LetterId;

use crate::failure::{Failure, Found};
use crate::out::Out;

pub(super) async fn run(queue: &DeadLetterQueue, letter: LetterId, out: &mut Out<'_>) -> Result<Found, Failure> {
    let exported = queue.export(letter).await?;
    out.json(&exported.to_json()?)?;
    let warning = "the event's data is in it: keep it where the data may be";
    writeln!(io::stderr().lock(), "letter {letter} of {}; {warning}", exported.handler)?;
    Ok(Found::Fine)
}
