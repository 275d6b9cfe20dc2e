//! What PostgreSQL finds wrong with a handler's transaction when it is committed.

use events::prelude::*;
use events::store::{FailedEvent, HandlerState};
use sqlx::AssertSqlSafe;

use super::super::super::written;
use super::super::Ledger;
use super::{Database, enter_all_into_postgres, enter_into_postgres};
use crate::support::eventually;

impl Database {
    async fn run(&self, sql: &str) {
        let sql = sql.replace("$schema", &self.schema().0);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connect().await).await.unwrap();
    }

    /// A number is entered once, as is found out at the commit; 2 is there already.
    async fn has_two(&self) {
        const CONSTRAINT: &str = "ALTER TABLE $schema.ledger
            ADD CONSTRAINT once UNIQUE (number) DEFERRABLE INITIALLY DEFERRED";
        self.run(CONSTRAINT).await;
        self.run("INSERT INTO $schema.ledger VALUES (2)").await;
    }

    /// The transactions that enter a number of the table `busy` are undone in favour of others.
    async fn two_is_busy(&self) {
        const TRIGGER: &str = "CREATE TABLE $schema.busy AS SELECT 2 AS number;
            CREATE FUNCTION $schema.gives_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM $schema.busy WHERE number = NEW.number) THEN
                    RAISE EXCEPTION 'another was faster' USING ERRCODE = '40001';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER gives_way AFTER INSERT ON $schema.ledger
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION $schema.gives_way()";
        self.run(TRIGGER).await;
    }
}

/// Waits until the only letter has come to this.
async fn letter_is(app: &EventDispatcher, status: LetterStatus, attempts: u32) -> FailedEvent {
    let letters = async || app.dead_letters().list(LetterQuery::new()).await.unwrap();
    eventually(
        &format!("the letter is {status} after {attempts} attempts"),
        async || matches!(&letters().await[..], [letter] if letter.status == status && letter.attempts == attempts),
    )
    .await;
    letters().await.remove(0)
}

/// Guards: it was taken for a failure of the store, and stopped the lane with all its streams.
#[tokio::test]
async fn a_constraint_that_is_broken_at_the_commit_is_the_handler_s_failure() {
    let Some(database) = Database::new().await else { return };
    database.has_two().await;
    let app = database.start().await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3), written(2, 4)]).await.unwrap();
    database.has(&[1, 2, 4]).await;
    let letter = letter_is(&app, LetterStatus::Dead, 1).await;
    assert_eq!((letter.position.value(), letter.class), (2, Class::Permanent));

    let mended = || Audit::by("ada").because("mended");
    app.dead_letters().redrive(LetterQuery::all(), mended()).await.unwrap();
    letter_is(&app, LetterStatus::Dead, 2).await;
    assert_eq!(database.numbers().await, [1, 2, 4], "the letter's stream waits still");
    database.run("DELETE FROM $schema.ledger WHERE number = 2").await;
    app.dead_letters().redrive(LetterQuery::all(), mended()).await.unwrap();
    database.has(&[1, 2, 3, 4]).await;
    letter_is(&app, LetterStatus::Resolved, 2).await;
    let row = app.durable_handlers().list().await.unwrap().remove(0);
    assert_eq!((row.state, row.lanes[0].epoch), (HandlerState::Running, 1), "the lane never stopped");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_batch_that_breaks_a_constraint_at_the_commit_is_taken_apart() {
    let Some(database) = Database::new().await else { return };
    database.has_two().await;
    database.office().publish_before((1..=4).map(|number| written(number, number))).await;
    let app = database.start_with(handlers![enter_all_into_postgres]).await;
    database.has(&[1, 2, 3, 4]).await;
    assert_eq!(letter_is(&app, LetterStatus::Dead, 1).await.position.value(), 2);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_is_undone_for_another_at_its_commit_is_tried_again() {
    let Some(database) = Database::new().await else { return };
    database.two_is_busy().await;
    let app = database.start_with(handlers![enter_into_postgres]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(2, 3)]).await.unwrap();
    database.has(&[1, 3]).await;
    let letter = letter_is(&app, LetterStatus::Retrying, 1).await;
    assert_eq!(letter.class, Class::Transient);
    database.office().advance(10);
    letter_is(&app, LetterStatus::Retrying, 2).await;
    database.run("DELETE FROM $schema.busy").await;
    database.office().advance(60);
    database.has(&[1, 2, 3]).await;
    letter_is(&app, LetterStatus::Resolved, 2).await;
    app.shutdown().await.unwrap();
}
