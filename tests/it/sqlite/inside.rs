//! What a person sees with nothing but `sqlite3`.

use events::prelude::*;
use events::store::{Append, NewEvent};

use super::{Noted, commit, file, open, raw};

#[tokio::test]
async fn all_tables_are_strict_and_all_views_work() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 2)).await.unwrap();
    let raw = raw(&path);
    let tables = "SELECT count(*) FROM pragma_table_list \
                  WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND strict = 0";
    assert_eq!(raw.query_row(tables, [], |row| row.get(0)), Ok(0));
    let mut views = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").unwrap();
    let views: Vec<String> = views.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(views.len(), 6);
    for view in &views {
        raw.query_row(&format!("SELECT count(*) FROM (SELECT * FROM {view})"), [], |row| row.get::<_, i64>(0)).unwrap();
    }
    let event = "SELECT stream, version, event_name, actor, payload FROM readable_events WHERE position = 2";
    let event: (String, i64, String, String, String) = raw.query_row(event, [], |row| row.try_into()).unwrap();
    let payload = r#"{"note":1,"text":"number 1"}"#;
    assert_eq!(event, ("sqlite_note/1".into(), 2, "sqlite_noted".into(), "ada".into(), payload.into()));
}

#[tokio::test]
async fn readable_times_are_right_before_and_after_1970() {
    let (path, _folder) = file();
    let store = open(&path).await;
    for time in ["0001-01-01 00:00:00.000001", "1969-12-31 23:59:59.999999", "9999-12-31 23:59:59.500000"] {
        let event = Noted { note: 1, text: String::new() };
        let at = format!("{}Z", time.replace(' ', "T")).parse().unwrap();
        let metadata = EventMetadata::new(&event, &Context::new().with_occurred_at(at));
        let appended = store.append(Append::new().event(NewEvent::new(&event, metadata).unwrap())).await.unwrap();
        let position = i64::try_from(appended.recordings()[0].position.value()).unwrap();
        let readable = "SELECT occurred_at FROM readable_events WHERE position = ?1";
        assert_eq!(raw(&path).query_row(readable, [position], |row| row.get(0)), Ok(time.to_owned()));
    }
}
