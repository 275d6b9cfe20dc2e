//! What the system says of this process.

use std::time::Duration;

use events::BoxError;

/// A field of memory in KiB, such as `VmHWM`, the most that was resident so far.
pub(crate) fn memory(field: &str) -> Result<u64, BoxError> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let value = line.and_then(|line| line.split_whitespace().next()).ok_or("no such field of memory")?;
    Ok(value.parse()?)
}

/// The processor time that all threads have taken so far, those of the system's work for it included.
pub(crate) fn processor_time() -> Result<Duration, BoxError> {
    /// The fields after the name, which is in brackets: `utime` and `stime`.
    const TIMES: std::ops::Range<usize> = 11..13;
    /// What Linux calls a clock tick is the same on all machines.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("the name has no end")?;
    let times = fields.split_whitespace().skip(TIMES.start).take(TIMES.len());
    let ticks = times.map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * ticks)
}
