//! How a dispatcher is named in leases.

use crate::id::{EventId, ProcessId};

/// The longest name that is taken over, in characters.
const LONGEST: usize = 128;
/// So many bits of an id are enough to tell processes of one name apart.
const SUFFIX: u128 = (1 << 48) - 1;

/// A name for this dispatcher that no other has: the one it was given, or that of the machine with the
/// process's number; and behind it something random.
pub(super) fn unique(given: &str) -> ProcessId {
    let name = printable(given);
    let name = if name.is_empty() { by_machine() } else { name };
    format!("{name}-{:012x}", EventId::now().as_uuid().as_u128() & SUFFIX).into()
}

fn by_machine() -> String {
    let number = std::process::id();
    match host() {
        Some(host) => format!("{host}-{number}"),
        None => number.to_string(),
    }
}

/// The machine's name, where it can be had without asking the system's library.
fn host() -> Option<String> {
    // Where there is no such file, the shell may know; if nobody does, the process's number has to do.
    let host = match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(host) => host,
        Err(_) => std::env::var("HOSTNAME").unwrap_or_default(),
    };
    Some(printable(&host)).filter(|host| !host.is_empty())
}

/// What can be shown on a line, and kept in every store.
fn printable(name: &str) -> String {
    name.trim().chars().filter(|char| !char.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_unique_and_can_be_shown() {
        for (given, name) in [("web-1", "web-1-"), (" web\n\u{1b}[31m\0 ", "web[31m-")] {
            let (one, two) = (unique(given), unique(given));
            assert!(one.as_str().starts_with(name) && one != two, "{one}, {two}");
            assert_eq!(one.as_str().len(), name.len() + 12);
        }
        assert_eq!(unique(&"x".repeat(1_000)).as_str().len(), LONGEST + 13);
    }

    #[test]
    fn without_a_name_it_is_the_machine_s_and_the_process_s() {
        let number = format!("{}-", std::process::id());
        for empty in ["", " \n"] {
            let name = unique(empty);
            let expected = host().map_or(number.clone(), |host| format!("{host}-{number}"));
            assert!(name.as_str().starts_with(&expected), "{name}, not {expected}…");
        }
    }
}
