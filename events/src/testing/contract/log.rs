//! The log: pages, filters, counts.

use std::time::Duration;

use super::support::{
    Case, Draft, append, draft_ids, drafts, ids, page_ids, read, read_log, second, stream, stream_of,
};
use crate::event::RecordedEvent;
use crate::id::{EventId, Position};
use crate::store::{EventFilter, EventStore, LogQuery, StoreStats};
use crate::testing::ManualClock;

/// Pages of any size, in both directions, make up the log, and the last one says so.
pub async fn pages_make_up_the_log(store: EventStore) -> Case {
    let events: Vec<_> = (0..25).map(|number| Draft::new(&stream(&format!("{}", number % 4)))).collect();
    append(&store, &events).await?;
    let wanted = draft_ids(&events);
    for size in [1, 2, 5, 24, 25, 26, 1_000, usize::MAX] {
        assert_eq!(ids(&read_log(&store, &EventFilter::new(), size).await?), wanted);
        let mut backwards = Vec::new();
        let mut query = LogQuery::new().before(None);
        loop {
            let page = store.read_log(query.with_limit(size)).await?;
            assert!(page.events().len() <= size);
            backwards.extend(page_ids(&page));
            let Some(next) = page.next() else { break };
            query = LogQuery::new().before(Some(next));
        }
        backwards.reverse();
        assert_eq!(backwards, wanted);
    }
    Ok(())
}

/// A page can begin anywhere, past both ends too; a limit of zero reads nothing.
pub async fn a_page_begins_where_it_is_told(store: EventStore) -> Case {
    assert!(store.read_log(LogQuery::new()).await?.events().is_empty());
    let appended = append(&store, &drafts(&stream("one"), 5)).await?;
    let positions: Vec<_> = appended.recordings().iter().map(|recording| recording.position).collect();
    let far = [Position::START, Position::new(u64::MAX), Position::new(i64::MAX.unsigned_abs())];
    for start in positions.iter().copied().chain(far) {
        let page = store.read_log(LogQuery::new().after(start)).await?;
        let wanted = positions.iter().filter(|position| **position > start);
        assert!(page.events().iter().map(RecordedEvent::position).eq(wanted.copied()));
        assert_eq!(page.next(), None);
        let page = store.read_log(LogQuery::new().before(Some(start))).await?;
        let wanted = positions.iter().rev().filter(|position| **position < start);
        assert!(page.events().iter().map(RecordedEvent::position).eq(wanted.copied()));
    }
    let none = store.read_log(LogQuery::new().with_limit(0)).await?;
    assert!(none.events().is_empty() && none.next().is_none());
    Ok(())
}

/// A page says how far it has looked, whether or not it found anything there.
pub async fn a_page_says_how_far_it_has_looked(store: EventStore) -> Case {
    let noted = EventFilter::new().name("contract_noted");
    for filter in [EventFilter::new(), noted.clone()] {
        let page = store.read_log(LogQuery::new().with_filter(filter)).await?;
        assert_eq!((page.next(), page.through()), (None, Position::START));
    }
    let others: Vec<_> = (0..3).map(|_| Draft::new(&stream("one")).named("contract_other")).collect();
    let end = append(&store, &others).await?.recordings().last().map(|last| last.position).unwrap_or_default();
    let empty = store.read_log(LogQuery::new().with_filter(noted.clone())).await?;
    assert!(empty.events().is_empty());
    assert_eq!((empty.next(), empty.through()), (None, end));
    let again = store.read_log(LogQuery::new().after(end).with_filter(noted.clone())).await?;
    assert_eq!((again.events().len(), again.through()), (0, end));

    let two = append(&store, &[Draft::new(&stream("one")), Draft::new(&stream("two")), others_again()]).await?;
    let [first, second, last] = two.recordings() else { return Err("three events were appended".into()) };
    let found = |query: LogQuery| store.read_log(query.with_filter(noted.clone()));
    let page = found(LogQuery::new().after(end).with_limit(1)).await?;
    assert_eq!((page.next(), page.through()), (Some(first.position), first.position));
    let rest = found(LogQuery::new().after(page.through()).with_limit(1)).await?;
    assert_eq!((rest.events().len(), rest.next(), rest.through()), (1, None, last.position));
    let far = found(LogQuery::new().after(Position::new(i64::MAX.unsigned_abs()))).await?;
    assert_eq!(far.through(), Position::new(i64::MAX.unsigned_abs()), "a page never goes back");
    let newest = found(LogQuery::new().before(None).with_limit(1)).await?;
    assert_eq!((newest.next(), newest.through()), (Some(second.position), second.position));
    let oldest = found(LogQuery::new().before(newest.next())).await?;
    assert_eq!((oldest.events().len(), oldest.next(), oldest.through()), (1, None, Position::START));
    Ok(())
}

fn others_again() -> Draft {
    Draft::new(&stream("three")).named("contract_other")
}

/// Readers that go from page to page while others write meet every event once, in order; one with a
/// filter too.
pub async fn a_tail_misses_nothing_while_others_write(store: EventStore) -> Case {
    const WRITERS: usize = 4;
    const COMMITS: usize = 40;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            let stream = stream(&format!("writer-{writer}"));
            for commit in 0..COMMITS {
                append(&store, &drafts(&stream, 1 + commit % 3)).await?;
            }
            Case::Ok(())
        }));
    }
    let one: usize = (0..COMMITS).map(|commit| 1 + commit % 3).sum();
    let all = follow(&store, EventFilter::new(), WRITERS * one);
    let of_one = follow(&store, EventFilter::new().stream(stream("writer-1")), one);
    let both = futures_util::future::try_join(all, of_one);
    let (seen, of_one) = tokio::time::timeout(Duration::from_secs(60), both).await??;
    for writer in writers {
        writer.await??;
    }
    assert!(seen.is_sorted_by(|left, right| left.position() < right.position()));
    assert_eq!(ids(&seen), ids(&read_log(&store, &EventFilter::new(), 1_000).await?));
    assert_eq!(ids(&of_one), ids(&read(&store, &stream("writer-1")).await?));
    Ok(())
}

/// Follows the log until it has met so many events.
async fn follow(store: &EventStore, filter: EventFilter, count: usize) -> Result<Vec<RecordedEvent>, crate::Error> {
    let (mut seen, mut looked) = (Vec::new(), Position::START);
    while seen.len() < count {
        let query = LogQuery::new().after(looked).with_filter(filter.clone()).with_limit(7);
        let page = store.read_log(query).await?;
        assert!(page.through() >= looked);
        looked = page.through();
        seen.extend(page.into_events());
        tokio::task::yield_now().await;
    }
    Ok(seen)
}

/// What has been read up to the end of the log is complete: nothing comes there later, whoever writes.
pub async fn nothing_comes_before_the_end_of_the_log(store: EventStore) -> Case {
    const WRITERS: usize = 4;
    const COMMITS: usize = 20;
    assert_eq!(store.backend().log_end().await?, Position::START);
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            for commit in 0..COMMITS {
                append(&store, &drafts(&stream(&format!("{writer}")), 1 + commit % 3)).await?;
            }
            Case::Ok(())
        }));
    }
    let mut seen: Vec<(Position, usize)> = Vec::new();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let end = store.backend().log_end().await?;
        seen.push((end, up_to(&store, end).await?));
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await??;
    }
    assert!(seen.is_sorted(), "the end goes back");
    for (end, count) in seen {
        assert_eq!(up_to(&store, end).await?, count, "an event came later before {end}");
    }
    let last = append(&store, &drafts(&stream("last"), 1)).await?;
    let last = last.recordings().last().map(|recording| recording.position);
    assert_eq!(Some(store.backend().log_end().await?), last);
    Ok(())
}

/// How many events there are at or before a position.
async fn up_to(store: &EventStore, end: Position) -> Result<usize, crate::Error> {
    let events = read_log(store, &EventFilter::new(), 1_000).await?;
    Ok(events.iter().filter(|event| event.position() <= end).count())
}

/// Filters, one by one and together, pick what [`EventFilter::matches`] picks; counts agree.
pub async fn filters_agree_with_the_reference(store: EventStore) -> Case {
    let chains = [EventId::now(), EventId::now()];
    fill(&store, chains).await?;
    let all = read_log(&store, &EventFilter::new(), 1_000).await?;
    for filter in filters(chains) {
        let wanted: Vec<_> = all.iter().filter(|event| filter.matches(event.metadata())).collect();
        for size in [3, 1_000] {
            assert_eq!(ids(&read_log(&store, &filter, size).await?), ids(wanted.iter().copied()), "{filter:?}");
        }
        let last = store.read_log(LogQuery::new().before(None).with_filter(filter.clone()).with_limit(2)).await?;
        assert_eq!(page_ids(&last), ids(wanted.iter().rev().take(2).copied()), "{filter:?}");
        for query in [LogQuery::new(), LogQuery::new().with_limit(3), LogQuery::new().before(None).with_limit(3)] {
            let query = query.with_filter(filter.clone());
            let (page, data) = (store.read_log(query.clone()).await?, store.read_log_data(query).await?);
            assert!(data.events().eq(page.events().iter().map(RecordedEvent::data)), "{filter:?}");
            assert_eq!((data.has_more(), data.through()), (page.next().is_some(), page.through()), "{filter:?}");
        }
        assert_eq!(store.count(filter).await?, wanted.len() as u64);
    }
    Ok(())
}

/// Events that differ in everything that filters look at.
async fn fill(store: &EventStore, chains: [EventId; 2]) -> Case {
    let clock = ManualClock::at(second(0));
    let store = store.clone().with_clock(std::sync::Arc::new(clock.clone()));
    for (number, seconds) in (0_i64..48).zip([0, 0, 1, 5, 5, 9].into_iter().cycle()) {
        clock.set(second(seconds + number / 6 * 10));
        let stream =
            stream_of(["a", "b"].get(usize::from(number % 3 == 0)).copied().unwrap_or("c"), &format!("{}", number % 4));
        let mut event = Draft::new(&stream).named(format!("name_{}", number % 5));
        if let Some(chain) = chains.into_iter().find(|_| number % 7 == 2) {
            event = event.correlated(chain).caused_by(chain);
        }
        if let [_, chain] = chains
            && number % 11 == 0
        {
            event = if number == 0 { event.with_id(chain) } else { event.caused_by(chain) }.correlated(chain);
        }
        append(&store, &[event]).await?;
    }
    Ok(())
}

/// Every combination of: names, aggregates, stream, times, correlation, causation.
fn filters(chains: [EventId; 2]) -> Vec<EventFilter> {
    let [first, second_chain] = chains;
    type Step = Box<dyn Fn(EventFilter) -> EventFilter>;
    let groups: [Vec<Step>; 6] = [
        vec![
            Box::new(|filter| filter.name("name_1")),
            Box::new(|filter| filter.name("name_1").name("name_3").name("name_none")),
        ],
        vec![Box::new(|filter| filter.aggregate("a")), Box::new(|filter| filter.aggregate("b").aggregate("none"))],
        vec![
            Box::new(|filter| filter.stream(stream_of("a", "1"))),
            Box::new(|filter| filter.stream(stream_of("a", "none"))),
        ],
        vec![
            Box::new(|filter| filter.recorded_from(second(25))),
            Box::new(|filter| filter.recorded_until(second(61) + chrono::TimeDelta::nanoseconds(1))),
            Box::new(|filter| filter.recorded_from(second(11)).recorded_until(second(41))),
            Box::new(|filter| filter.recorded_from(chrono::DateTime::<chrono::Utc>::MAX_UTC)),
        ],
        vec![
            Box::new(move |filter| filter.correlation_id(first)),
            Box::new(move |filter| filter.correlation_id(second_chain)),
        ],
        vec![Box::new(move |filter| filter.causation_id(second_chain))],
    ];
    let mut filters = vec![EventFilter::new()];
    for group in &groups {
        let with = |filter: &EventFilter| group.iter().map(|step| step(filter.clone())).collect::<Vec<_>>();
        let more: Vec<_> = filters.iter().flat_map(with).collect();
        filters.extend(more);
    }
    filters
}

/// Statistics are what a recount of the log gives.
pub async fn statistics_equal_a_recount(store: EventStore) -> Case {
    assert_eq!(store.stats().await?, StoreStats::default());
    fill(&store, [EventId::now(), EventId::now()]).await?;
    let stats = store.stats().await?;
    let mut recount = StoreStats::default();
    let mut streams = std::collections::HashSet::new();
    for event in read_log(&store, &EventFilter::new(), 1_000).await? {
        recount.events += 1;
        recount.last_position = event.position();
        *recount.by_event.entry(event.name().clone()).or_default() += 1;
        *recount.by_aggregate.entry(event.stream().aggregate().clone()).or_default() += 1;
        streams.insert(event.stream().clone());
    }
    recount.streams = streams.len() as u64;
    assert_eq!(stats, recount);
    for stream in &streams {
        let events = read(&store, stream).await?.len() as u64;
        assert_eq!(store.count(EventFilter::new().stream(stream.clone())).await?, events);
    }
    Ok(())
}
