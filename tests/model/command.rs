//! What is done to a store, in small numbers: see `values`.

/// An event before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventDraft {
    pub(crate) id: u16,
    pub(crate) stream: u8,
    pub(crate) name: u8,
    pub(crate) schema_version: u8,
    pub(crate) text: u8,
    pub(crate) occurred: u8,
    /// Its own id when none is said.
    pub(crate) correlation: Option<u16>,
    pub(crate) causation: Option<u16>,
    /// A bit for each part of the metadata that may be missing.
    pub(crate) extras: u8,
}

/// What is believed of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    Any,
    NoStream,
    Exists,
    Exact(u8),
    /// The version that it has.
    Current,
    /// The one before.
    Behind,
}

/// How a commit that comes again differs from what it was.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    None,
    /// Other actor, correlation, …: that is no other content.
    Metadata(u8),
    /// Its last event is missing.
    Shorter,
    /// A new event stands behind the others.
    Longer(EventDraft),
    /// The events of another commit stand behind its own.
    With(u8),
    Text(u8, u8),
    Stream(u8, u8),
    Name(u8, u8),
    SchemaVersion(u8, u8),
    /// Its first event stands in it twice.
    Twice,
}

/// Where a page of the log begins: numbers are those of events in the log, from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    Beginning,
    After(u8),
    End,
    Before(u8),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct FilterDraft {
    pub(crate) names: Vec<u8>,
    pub(crate) aggregates: Vec<u8>,
    pub(crate) stream: Option<u8>,
    pub(crate) from: Option<i32>,
    pub(crate) until: Option<i32>,
    pub(crate) correlation: Option<u16>,
    pub(crate) causation: Option<u16>,
}

#[derive(Debug, Clone)]
pub(crate) struct SnapshotDraft {
    pub(crate) stream: u8,
    pub(crate) version: u8,
    pub(crate) fingerprint: u8,
    pub(crate) at: i32,
    pub(crate) text: u8,
}

#[derive(Debug, Clone)]
pub(crate) struct AttemptDraft {
    pub(crate) at: i32,
    pub(crate) class: u8,
    pub(crate) text: u8,
    pub(crate) fingerprint: u8,
}

#[derive(Debug, Clone)]
pub(crate) struct LetterDraft {
    pub(crate) handler: u8,
    pub(crate) event: EventDraft,
    pub(crate) position: u8,
    pub(crate) attempt: Option<AttemptDraft>,
    pub(crate) at: i32,
    pub(crate) next_attempt_at: Option<i32>,
    pub(crate) lane: Option<(u32, Option<u8>)>,
}

/// Letters are spoken of by the order in which they were written, from 1; 0 is one that isn't there.
#[derive(Debug, Clone, Default)]
pub(crate) struct LetterQueryDraft {
    pub(crate) ids: Option<Vec<u8>>,
    pub(crate) statuses: Vec<u8>,
    pub(crate) handler: Option<u8>,
    pub(crate) name: Option<u8>,
    pub(crate) event_ids: Option<Vec<u16>>,
    pub(crate) class: Option<u8>,
    pub(crate) fingerprint: Option<u8>,
    pub(crate) partition: Option<u32>,
    pub(crate) due: Option<i32>,
    pub(crate) after: Option<u8>,
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum OutcomeDraft {
    Resolved,
    Failed(AttemptDraft, Option<i32>),
    Postponed(i32),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ActionDraft {
    Redrive,
    Discard,
    Restore,
    Hold,
    Release,
}

/// One thing done to a store.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Append {
        events: Vec<EventDraft>,
        beliefs: Vec<(u8, Belief)>,
    },
    Repeat {
        which: u8,
        change: Change,
        beliefs: Vec<(u8, Belief)>,
    },
    ReadStream {
        stream: u8,
        from: u64,
        to: u64,
        backwards: bool,
        limit: usize,
    },
    ReadLog {
        start: Start,
        filter: FilterDraft,
        limit: usize,
    },
    Version {
        stream: u8,
    },
    Count {
        filter: FilterDraft,
    },
    Stats,
    LogEnd,
    SaveSnapshot {
        snapshot: SnapshotDraft,
    },
    LoadSnapshot {
        stream: u8,
    },
    DeleteSnapshot {
        stream: u8,
    },
    WriteLetters {
        letters: Vec<LetterDraft>,
    },
    Letters {
        query: LetterQueryDraft,
    },
    Attempts {
        letter: u8,
    },
    Claim {
        handlers: Vec<u8>,
        now: i32,
        owner: u8,
        until: i32,
        limit: usize,
    },
    Finish {
        letter: u8,
        owner: u8,
        at: i32,
        outcome: OutcomeDraft,
    },
    NextDue {
        handlers: Vec<u8>,
    },
    Change {
        action: ActionDraft,
        query: LetterQueryDraft,
        at: i32,
        text: u8,
    },
    Purge {
        status: u8,
        before: i32,
        /// When it is asked for, and the text that says why; nobody asks for what a retention does.
        said: Option<(i32, u8)>,
    },
    LetterStats,
    Operations {
        limit: usize,
    },
    /// Sets the clock, backwards too.
    Clock {
        at: i32,
    },
    /// Lets go of the store and opens it again, where it outlives that.
    Reopen,
}
