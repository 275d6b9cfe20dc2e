use std::collections::BTreeMap;
use std::path::Path;

use events::EventStore;
use events::nutrition::Currency;

use crate::cli::{Command, Letters};
use crate::program;

async fn run(command: Command, store: &EventStore) -> String {
    let mut out = Vec::new();
    program::run(command, store.clone(), &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

fn column(line: &str, number: usize) -> &str {
    line.split(',').nth(number).unwrap_or_default()
}

#[test]
fn what_was_stored_can_still_be_read() {
    events::testing::assert_lock("nutrition/events.lock");
}

#[test]
fn the_energy_of_every_meal_is_that_of_the_food_table() {
    let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"));
    let foods = csv::Reader::from_path(data.join("foods.csv")).unwrap().into_records();
    let foods: BTreeMap<String, u64> =
        foods.map(|food| food.unwrap()).map(|food| (food[0].to_owned(), food[2].parse().unwrap())).collect();
    let diary = std::fs::read_to_string(data.join("diary.csv")).unwrap();
    let mut meals = 0;
    for line in diary.lines().skip(1).filter(|line| !column(line, 4).is_empty() && column(line, 4) != "23200") {
        let hundredths: u64 = column(line, 3)
            .split(" + ")
            .map(|food| food.strip_suffix(" g").unwrap().rsplit_once(' ').unwrap())
            .map(|(food, grams)| foods[food] * grams.parse::<u64>().unwrap())
            .sum();
        assert_eq!(column(line, 4), ((hundredths + 50) / 100).to_string(), "{line}");
        meals += 1;
    }
    assert!(meals > 120, "{meals}");
}

#[tokio::test]
async fn a_second_run_has_nothing_new_and_prints_the_same_reports() {
    let store = EventStore::memory();
    let first = run(Command::default(), &store).await;
    assert!(first.starts_with("158 new events from 146 lines\n"), "{first}");
    let reports = run(Command::Report { email: None }, &store).await;
    assert!(reports.contains("20 meals, 11662 kcal, 1666 kcal a day") && first.contains(&reports));

    let second = run(Command::default(), &store).await;
    assert!(second.starts_with("0 new events from 146 lines\n"), "{second}");
    assert!(second.contains(&reports));
}

#[tokio::test]
async fn malformed_lines_are_named_and_the_others_imported() {
    let out = run(Command::default(), &EventStore::memory()).await;
    for (line, reason) in [(42, "is no time with an offset"), (78, "too many for a meal"), (100, "4 columns")] {
        let named = |text: &str| text.starts_with(&format!("  diary.csv line {line}: ")) && text.contains(reason);
        assert!(out.lines().any(named), "{line}: {out}");
    }
}

#[tokio::test]
async fn a_receipt_that_was_refused_is_sent_when_the_gateway_has_learned() {
    let store = EventStore::memory();
    run(Command::default(), &store).await;
    let letters = |action| Command::DeadLetters { action };
    let redrive = |accept| letters(Letters::Redrive { letters: Vec::new(), accept });
    assert!(run(letters(Letters::List), &store).await.contains("the gateway sends no receipts in CHF"));
    assert!(run(redrive(Vec::new()), &store).await.contains("the gateway sends no receipts in CHF"));
    let resolved = run(redrive(vec![Currency::Chf]), &store).await;
    assert_eq!(resolved, "letters tried again: 1\n\nThere are no dead letters.\n\n");
}

#[tokio::test]
async fn a_dead_letter_can_be_discarded_and_a_history_read() {
    let store = EventStore::memory();
    run(Command::default(), &store).await;
    let discard = Letters::Discard { letters: Vec::new(), reason: "paid in cash".to_owned() };
    let discarded = run(Command::DeadLetters { action: discard }, &store).await;
    assert_eq!(discarded, "letters discarded: 1\n\nThere are no dead letters.\n\n");

    let history = Command::History { aggregate: "user".into(), id: "mara.lindner@example.com".into() };
    let history = run(history, &store).await;
    assert!(history.contains("   1  2026-10-25 17:05 UTC  nutrition.user_registered\n"), "{history}");
    assert!(run(Command::Stats, &store).await.starts_with("158 events in 21 streams"));
}
