//! Asking before much is changed.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::Failure;
use crate::text;

/// Says what would be done, and goes on if the user says so. Where nobody can be asked, `--yes` must have been given.
pub(crate) fn confirm(yes: bool, would: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::refused(format!(
            "{would}. Nothing was changed: nobody can be asked here, so give --yes if that is meant"
        )));
    }
    let mut prompt = io::stderr().lock();
    write!(prompt, "{}. Go on? [y/N] ", text::printable(would))?;
    prompt.flush()?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::refused(format!("the answer can't be read, so nothing was changed: {error}")))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::refused("nothing was changed")),
    }
}
