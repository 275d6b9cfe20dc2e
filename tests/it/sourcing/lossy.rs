//! Snapshots of what JSON doesn't give back as it was.

use std::collections::HashSet;

use events::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

fn sourcing() -> EventSourcing {
    EventSourcing::new(EventStore::memory())
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.rang", aggregate = "sourcing.bell")]
struct Rang {
    #[event(id)]
    bell: u64,
    #[serde(skip)]
    loudness: u32,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bell {
    rings: u32,
    loudness: u32,
}

#[aggregate(name = "sourcing.bell", snapshot_every = 2)]
impl Bell {
    #[when]
    fn rang(&mut self, event: &Rang) {
        self.rings += 1;
        self.loudness += event.loudness;
    }
}

/// Guards: a snapshot had what the events lost on their way into the store.
#[tokio::test]
async fn a_snapshot_has_only_what_the_stored_events_lead_to() {
    let rang = Rang { bell: 1, loudness: 7 };
    let sourcing = sourcing();
    let bell = sourcing.aggregate::<Bell>(1);
    for rings in 1..=5 {
        bell.execute(|_| Ok::<_, std::fmt::Error>(rang.clone())).await.unwrap();
        let replayed = bell.load_at(Version::new(u64::MAX)).await.unwrap();
        assert_eq!(replayed.state(), &Bell { rings, loudness: 0 });
        assert_eq!(bell.load().await.unwrap().state(), replayed.state());
    }
    let mut root = bell.load().await.unwrap();
    root.apply((rang.clone(), rang));
    sourcing.save(&mut root).await.unwrap();
    assert_eq!(bell.load().await.unwrap().state(), &Bell { rings: 7, loudness: 0 });
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.turned", aggregate = "sourcing.dial")]
struct Turned {
    #[event(id)]
    dial: u64,
    by: u32,
}

/// What is read isn't what was written.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Dial {
    #[serde(serialize_with = "doubled")]
    angle: u32,
}

fn doubled<S: Serializer>(angle: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(angle * 2)
}

#[aggregate(name = "sourcing.dial", snapshot_every = 1)]
impl Dial {
    #[when]
    fn turned(&mut self, event: &Turned) {
        self.angle += event.by;
    }
}

/// JSON writes what isn't a number as `null`, and reads no number from it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Gauge {
    quotient: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.divided", aggregate = "sourcing.gauge")]
struct Divided {
    #[event(id)]
    gauge: u64,
    by: f64,
}

#[aggregate(name = "sourcing.gauge", snapshot_every = 1)]
impl Gauge {
    #[when]
    fn divided(&mut self, event: &Divided) {
        self.quotient /= event.by;
    }
}

#[tokio::test]
async fn a_state_that_does_not_come_back_as_it_was_has_no_snapshot() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    sourcing.execute::<Dial, _, _>(1, |_| Ok::<_, std::fmt::Error>(Turned { dial: 1, by: 3 })).await.unwrap();
    sourcing.execute::<Gauge, _, _>(1, |_| Ok::<_, std::fmt::Error>(Divided { gauge: 1, by: 0.0 })).await.unwrap();
    assert_eq!(store.stats().await.unwrap().snapshots, 0);
    assert_eq!(sourcing.load::<Dial>(1).await.unwrap().angle, 3);
    assert!(sourcing.load::<Gauge>(1).await.unwrap().quotient.is_nan());
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.shelved", aggregate = "sourcing.shelf")]
struct Shelved {
    #[event(id)]
    shelf: u64,
    books: Vec<u32>,
}

/// A set that hashes is written in another order each time.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shelf {
    books: HashSet<u32>,
}

#[aggregate(name = "sourcing.shelf", snapshot_every = 1)]
impl Shelf {
    #[when]
    fn shelved(&mut self, event: &Shelved) {
        self.books.extend(&event.books);
    }
}

#[tokio::test]
async fn the_order_in_which_a_set_is_written_does_not_matter() {
    let store = EventStore::memory();
    let shelf = EventSourcing::new(store.clone()).aggregate::<Shelf>(1);
    let shelved = || Shelved { shelf: 1, books: (0..100).collect() };
    shelf.execute(|_| Ok::<_, std::fmt::Error>(shelved())).await.unwrap();
    assert_eq!(store.stats().await.unwrap().snapshots, 1);
    assert_eq!(shelf.load().await.unwrap().books.len(), 100);
}
