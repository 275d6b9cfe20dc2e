//! What is different.

use std::fmt;

/// A difference between a file and a program.
///
/// ```
/// # use events::testing::EventsLock;
/// let file: EventsLock = "format 1\n\nhandler greet, inline\n  all events\n".parse()?;
/// let changes = file.changes(&EventsLock::default());
/// assert!(changes[0].is_breaking());
/// assert!(changes[0].to_string().starts_with("handler greet\n  is gone"));
/// # Ok::<(), events::testing::ParseLockError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockChange {
    /// The event, aggregate or handler.
    subject: String,
    /// What was there and what is, as lines that begin with `-` and `+`.
    lines: Vec<String>,
    /// What it means and what to do, if it breaks something.
    breaks: Option<String>,
}

impl LockChange {
    pub(super) fn new(subject: &str) -> Self {
        Self { subject: subject.to_owned(), lines: Vec::new(), breaks: None }
    }

    pub(super) fn was(mut self, line: impl fmt::Display) -> Self {
        self.lines.push(format!("- {line}"));
        self
    }

    pub(super) fn is(mut self, line: impl fmt::Display) -> Self {
        self.lines.push(format!("+ {line}"));
        self
    }

    pub(super) fn breaks(mut self, why: impl Into<String>) -> Self {
        self.breaks = Some(why.into());
        self
    }

    /// Whether the program would fail on what is stored, or no longer does what it did.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.breaks.is_some()
    }

    fn fmt_body(&self, f: &mut impl fmt::Write) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        self.breaks.iter().try_for_each(|why| writeln!(f, "  {why}"))
    }
}

/// The subject, what was and what is, and what to do about it.
impl fmt::Display for LockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject)?;
        self.fmt_body(f)
    }
}

/// All of them, each subject once.
pub(super) fn report(changes: &[LockChange]) -> String {
    let mut report = String::new();
    for subject in changes.chunk_by(|left, right| left.subject == right.subject) {
        for (index, change) in subject.iter().enumerate() {
            let body = if index == 0 { change.to_string() } else { Body(change).to_string() };
            report.push_str(&body);
        }
    }
    report
}

/// A change without its subject.
struct Body<'a>(&'a LockChange);

impl fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_body(f)
    }
}
