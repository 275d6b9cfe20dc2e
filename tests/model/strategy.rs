//! Random commands.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use crate::command::{
    ActionDraft, AttemptDraft, Belief, Change, Command, EventDraft, FilterDraft, LetterDraft, LetterQueryDraft,
    OutcomeDraft, SnapshotDraft, Start,
};
use crate::values::STREAM_COUNT;

/// Some commands in a row.
pub(crate) fn commands(most: usize) -> impl Strategy<Value = Vec<Command>> {
    let command = prop_oneof![
        7 => appends(),
        3 => repeats(),
        5 => reads(),
        2 => snapshots(),
        5 => letters(),
        7 => letter_work(),
        5 => operators(),
        1 => seconds().prop_map(|at| Command::Clock { at }),
        1 => Just(Command::Reopen),
    ];
    vec(command, 1..most)
}

fn appends() -> impl Strategy<Value = Command> {
    (vec(event(), 0..5), beliefs()).prop_map(|(events, beliefs)| Command::Append { events, beliefs })
}

fn repeats() -> impl Strategy<Value = Command> {
    let number = || any::<u8>();
    let change = prop_oneof![
        4 => Just(Change::None),
        1 => number().prop_map(Change::Metadata),
        1 => Just(Change::Shorter),
        1 => event().prop_map(Change::Longer),
        1 => number().prop_map(Change::With),
        1 => (number(), number()).prop_map(|(event, text)| Change::Text(event, text)),
        1 => (number(), number()).prop_map(|(event, stream)| Change::Stream(event, stream)),
        1 => (number(), number()).prop_map(|(event, name)| Change::Name(event, name)),
        1 => (number(), number()).prop_map(|(event, version)| Change::SchemaVersion(event, version)),
        1 => Just(Change::Twice),
    ];
    let repeat = |(which, change, beliefs)| Command::Repeat { which, change, beliefs };
    (number(), change, beliefs()).prop_map(repeat)
}

/// Mostly an id of its own.
fn event() -> impl Strategy<Value = EventDraft> {
    let id = prop_oneof![20 => 100..60_000_u16, 1 => ids()];
    let parts =
        (id, streams(), 0..3_u8, 1..3_u8, 0..5_u8, 0..8_u8, weighted(0.3, ids()), weighted(0.3, ids()), any::<u8>());
    parts.prop_map(|(id, stream, name, schema_version, text, occurred, correlation, causation, extras)| EventDraft {
        id,
        stream,
        name,
        schema_version,
        text,
        occurred,
        correlation,
        causation,
        extras,
    })
}

/// A few ids, of which some are events'.
fn ids() -> impl Strategy<Value = u16> {
    0..6_u16
}

fn streams() -> impl Strategy<Value = u8> {
    0..STREAM_COUNT
}

fn beliefs() -> impl Strategy<Value = Vec<(u8, Belief)>> {
    let belief = prop_oneof![
        2 => Just(Belief::Any),
        1 => Just(Belief::NoStream),
        2 => Just(Belief::Exists),
        2 => (0..6_u8).prop_map(Belief::Exact),
        5 => Just(Belief::Current),
        1 => Just(Belief::Behind),
    ];
    prop_oneof![2 => Just(Vec::new()), 3 => vec((streams(), belief), 0..3)]
}

fn limits() -> impl Strategy<Value = usize> {
    select(vec![0, 1, 2, 3, 7, 1_000, usize::MAX])
}

fn versions() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..8_u64, 1 => select(vec![i64::MAX as u64, u64::MAX - 1, u64::MAX])]
}

/// Few, so that some fall together.
fn seconds() -> impl Strategy<Value = i32> {
    0..8_i32
}

fn reads() -> impl Strategy<Value = Command> {
    let from = prop_oneof![2 => Just(1), 1 => versions()];
    let stream = (streams(), from, versions(), any::<bool>(), limits());
    let start = prop_oneof![
        1 => Just(Start::Beginning),
        3 => any::<u8>().prop_map(Start::After),
        1 => Just(Start::End),
        3 => any::<u8>().prop_map(Start::Before),
    ];
    let log = (start, filter(), select(vec![0, 1, 1, 2, 2, 3, 1_000]));
    prop_oneof![
        stream.prop_map(|(stream, from, to, backwards, limit)| Command::ReadStream {
            stream,
            from,
            to,
            backwards,
            limit
        }),
        log.prop_map(|(start, filter, limit)| Command::ReadLog { start, filter, limit }),
        streams().prop_map(|stream| Command::Version { stream }),
        filter().prop_map(|filter| Command::Count { filter }),
        Just(Command::Stats),
        Just(Command::LogEnd),
    ]
}

fn filter() -> impl Strategy<Value = FilterDraft> {
    let parts = (
        prop_oneof![2 => Just(Vec::new()), 1 => vec(0..3_u8, 1..3)],
        prop_oneof![3 => Just(Vec::new()), 1 => vec(streams(), 1..3)],
        weighted(0.2, streams()),
        weighted(0.2, seconds()),
        weighted(0.2, seconds()),
        weighted(0.2, ids()),
        weighted(0.2, ids()),
    );
    let filter = parts.prop_map(|(names, aggregates, stream, from, until, correlation, causation)| FilterDraft {
        names,
        aggregates,
        stream,
        from,
        until,
        correlation,
        causation,
    });
    prop_oneof![1 => Just(FilterDraft::default()), 1 => filter]
}

fn snapshots() -> impl Strategy<Value = Command> {
    let few = || 0..2_u8;
    let parts = (few(), 0..6_u8, 0..4_u8, seconds(), 0..5_u8);
    let snapshot = parts.prop_map(|(stream, version, fingerprint, at, text)| SnapshotDraft {
        stream,
        version,
        fingerprint,
        at,
        text,
    });
    prop_oneof![
        3 => snapshot.prop_map(|snapshot| Command::SaveSnapshot { snapshot }),
        2 => few().prop_map(|stream| Command::LoadSnapshot { stream }),
        1 => few().prop_map(|stream| Command::DeleteSnapshot { stream }),
    ]
}

fn attempt() -> impl Strategy<Value = AttemptDraft> {
    let parts = (seconds(), 0..5_u8, 0..5_u8, 0..4_u8);
    parts.prop_map(|(at, class, text, fingerprint)| AttemptDraft { at, class, text, fingerprint })
}

fn letters() -> impl Strategy<Value = Command> {
    let few = (event(), ids()).prop_map(|(event, id)| EventDraft { id, ..event });
    let lane = weighted(0.2, (0..3_u32, of(0..5_u8)));
    let parts = (0..3_u8, few, 0..9_u8, weighted(0.8, attempt()), seconds(), weighted(0.8, seconds()), lane);
    let letter = parts.prop_map(|(handler, event, position, attempt, at, next_attempt_at, lane)| LetterDraft {
        handler,
        event,
        position,
        attempt,
        at,
        next_attempt_at,
        lane,
    });
    prop_oneof![
        4 => vec(letter, 0..4).prop_map(|letters| Command::WriteLetters { letters }),
        1 => letter_query().prop_map(|query| Command::Letters { query }),
        1 => any::<u8>().prop_map(|letter| Command::Attempts { letter }),
    ]
}

fn letter_query() -> impl Strategy<Value = LetterQueryDraft> {
    let first = (
        weighted(0.2, vec(any::<u8>(), 0..3)),
        prop_oneof![3 => Just(Vec::new()), 1 => vec(0..4_u8, 1..3)],
        weighted(0.2, 0..3_u8),
        weighted(0.1, 0..3_u8),
        weighted(0.1, vec(ids(), 0..3)),
    );
    let second = (
        weighted(0.1, 0..5_u8),
        weighted(0.1, 0..4_u8),
        weighted(0.1, 0..3_u32),
        weighted(0.1, seconds()),
        weighted(0.1, any::<u8>()),
        weighted(0.2, limits()),
    );
    (first, second).prop_map(|(first, second)| {
        let (ids, statuses, handler, name, event_ids) = first;
        let (class, fingerprint, partition, due, after, limit) = second;
        LetterQueryDraft { ids, statuses, handler, name, event_ids, class, fingerprint, partition, due, after, limit }
    })
}

fn letter_work() -> impl Strategy<Value = Command> {
    let limit = prop_oneof![1 => limits(), 3 => Just(1_000)];
    let now = prop_oneof![1 => seconds(), 2 => 5..8_i32];
    let claim = (vec(0..3_u8, 0..6), now, owners(), seconds(), limit);
    let outcome = prop_oneof![
        1 => Just(OutcomeDraft::Resolved),
        2 => (attempt(), weighted(0.7, seconds())).prop_map(|(attempt, next)| OutcomeDraft::Failed(attempt, next)),
        1 => seconds().prop_map(OutcomeDraft::Postponed),
    ];
    let finish = (any::<u8>(), owners(), seconds(), outcome);
    prop_oneof![
        4 => claim.prop_map(|(handlers, now, owner, until, limit)| Command::Claim { handlers, now, owner, until, limit }),
        5 => finish.prop_map(|(letter, owner, at, outcome)| Command::Finish { letter, owner, at, outcome }),
        1 => vec(0..3_u8, 0..4).prop_map(|handlers| Command::NextDue { handlers }),
    ]
}

/// Mostly one, so that it comes to what belongs to it.
fn owners() -> impl Strategy<Value = u8> {
    prop_oneof![5 => Just(0_u8), 1 => Just(1_u8)]
}

fn operators() -> impl Strategy<Value = Command> {
    use ActionDraft::{Discard, Hold, Redrive, Release, Restore};
    let action = select(vec![Redrive, Discard, Hold, Release, Restore]);
    let change = (action, letter_query(), seconds(), 0..5_u8);
    let purge = (prop_oneof![1 => 0..4_u8, 2 => 2..4_u8], seconds(), of((seconds(), 0..5_u8)));
    let purge = purge.prop_map(|(status, before, said)| Command::Purge { status, before, said });
    prop_oneof![
        4 => change.prop_map(|(action, query, at, text)| Command::Change { action, query, at, text }),
        3 => purge,
        1 => Just(Command::LetterStats),
        1 => limits().prop_map(|limit| Command::Operations { limit }),
    ]
}
