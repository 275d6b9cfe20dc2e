//! An event-sourced aggregate: commands, conflicts, steps, history, the past, snapshots, and how its
//! rules are tested.

use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct Opened {
    #[event(id)]
    account: Uuid,
    owner: String,
}

#[derive(Debug, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct Deposited {
    #[event(id)]
    account: Uuid,
    cents: u64,
}

#[derive(Debug, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct Withdrawn {
    #[event(id)]
    account: Uuid,
    cents: u64,
}

/// The state: what the commands need to decide, and nothing more.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    owner: Option<String>,
    cents: u64,
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum AccountError {
    #[error("the account is open already")]
    OpenAlready,
    #[error("there is no such account")]
    NotOpen,
    #[error("{wanted} cents are wanted, {left} are left")]
    TooLittle { wanted: u64, left: u64 },
}

#[aggregate(name = "account", snapshot_every = 20)]
impl Account {
    // Commands look at the state and answer with events; they change nothing and may run again.

    fn open(account: &AggregateRoot<Account>, owner: &str) -> Result<Opened, AccountError> {
        if account.exists() {
            return Err(AccountError::OpenAlready);
        }
        Ok(Opened { account: *account.id(), owner: owner.to_owned() })
    }

    /// Nothing to deposit is no error and no event either.
    fn deposit(account: &AggregateRoot<Account>, cents: u64) -> Result<Option<Deposited>, AccountError> {
        if account.owner.is_none() {
            return Err(AccountError::NotOpen);
        }
        Ok((cents > 0).then(|| Deposited { account: *account.id(), cents }))
    }

    fn withdraw(account: &AggregateRoot<Account>, cents: u64) -> Result<Withdrawn, AccountError> {
        match account.cents {
            left if left < cents => Err(AccountError::TooLittle { wanted: cents, left }),
            _ => Ok(Withdrawn { account: *account.id(), cents }),
        }
    }

    // The only places where the state changes.

    #[when]
    fn opened(&mut self, event: &Opened) {
        self.owner = Some(event.owner.clone());
    }

    #[when]
    fn deposited(&mut self, event: &Deposited) {
        self.cents += event.cents;
    }

    #[when]
    fn withdrawn(&mut self, event: &Withdrawn) {
        self.cents -= event.cents;
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

/// One command, one decision.
async fn commands(app: &EventDispatcher, id: Uuid) -> Done {
    let account = app.aggregate::<Account>(id);
    account.execute(|account| Account::open(account, "ada")).await?;
    account.execute(|account| Account::deposit(account, 1_000)).await?;
    account.execute(|account| Account::deposit(account, 0)).await?;
    println!("ada has {} cents after {} events", account.load().await?.cents, account.load().await?.version());
    assert_eq!(account.load().await?.version(), Version::new(2));

    let error = account.execute(|account| Account::withdraw(account, 5_000)).await.err();
    let rejection = error.as_ref().and_then(ExecuteError::rejection);
    println!("refused: {}", rejection.map(ToString::to_string).unwrap_or_default());
    assert_eq!(rejection, Some(&AccountError::TooLittle { wanted: 5_000, left: 1_000 }));
    Ok(())
}

/// A command of several steps sees after each what it has done so far; all of it is one commit.
async fn steps(app: &EventDispatcher, id: Uuid) -> Done {
    let twice = |account: &mut AggregateRoot<Account>| {
        for _ in 0..2 {
            let event = Account::withdraw(account, 600)?;
            account.apply(event);
        }
        Ok::<_, AccountError>(())
    };
    let error = app.aggregate::<Account>(id).transact(twice).await.err();
    assert_eq!(
        error.and_then(|error| error.rejection().map(ToString::to_string)).as_deref(),
        Some("600 cents are wanted, 400 are left")
    );
    assert_eq!(app.aggregate::<Account>(id).load().await?.cents, 1_000, "nothing of it was recorded");
    println!("600 cents can't be had twice, and weren't taken once either");
    Ok(())
}

/// Writers that get in each other's way decide again on the newest state.
async fn conflicts(app: &EventDispatcher, id: Uuid) -> Done {
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let account = app.aggregate::<Account>(id);
            tokio::spawn(async move {
                for _ in 0..5 {
                    account
                        .execute(|account| Account::deposit(account, 10))
                        .await
                        .map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    let account = app.aggregate::<Account>(id).load().await?;
    println!("8 writers later: {} cents, version {}", account.cents, account.version());
    assert_eq!((account.cents, account.version()), (1_400, Version::new(42)));
    Ok(())
}

/// What happened, and how things were.
async fn past(app: &EventDispatcher, id: Uuid) -> Done {
    let account = app.aggregate::<Account>(id);
    let history = account.history().await?;
    for change in history.iter().take(3) {
        let metadata = &change.metadata;
        println!("  v{} {}", metadata.version().unwrap_or_default(), metadata.name());
    }
    println!("  … and {} more", history.len() - 3);
    let second = history.get(1).and_then(|change| change.metadata.recorded_at()).ok_or("there are 42 changes")?;
    assert_eq!(account.load_at(Version::new(1)).await?.cents, 0);
    assert!(account.load_at(second).await?.cents >= 1_000);
    Ok(())
}

#[tokio::main]
async fn main() -> Done {
    let store = EventStore::memory();
    let app = EventDispatcher::builder().store(store.clone()).start().await?;
    let id = Uuid::now_v7();
    commands(&app, id).await?;
    steps(&app, id).await?;
    conflicts(&app, id).await?;
    past(&app, id).await?;

    // Snapshots are written in the background; a shutdown waits for them.
    app.shutdown().await?;
    let stream = AggregateRoot::<Account>::new(id).stream();
    let snapshot = store.load_snapshot(&stream).await?.ok_or("a snapshot is taken every 20 events")?;
    println!("the newest snapshot is of version {}", snapshot.version);
    assert!(snapshot.version >= Version::new(20));
    store.delete_snapshot(&stream).await?;
    let account = EventSourcing::new(store).load::<Account>(id).await?;
    println!("without it, replayed from the first event: {} cents", account.cents);
    assert_eq!(account.cents, 1_400);
    Ok(())
}

/// Rules are tested without a store: given these events, when this command, then those events.
#[cfg(test)]
mod tests {
    use events::testing::given;

    use super::*;

    const ID: Uuid = Uuid::nil();

    fn opened() -> Opened {
        Opened { account: ID, owner: "ada".to_owned() }
    }

    fn deposited(cents: u64) -> Deposited {
        Deposited { account: ID, cents }
    }

    #[test]
    fn an_account_is_opened_once() {
        given::<Account>(ID, ()).when(|account| Account::open(account, "ada")).then(opened());
        given::<Account>(ID, opened())
            .when(|account| Account::open(account, "ada"))
            .then_error(AccountError::OpenAlready);
    }

    #[test]
    fn only_what_is_there_can_be_withdrawn() {
        let events = || (opened(), deposited(100));
        given::<Account>(ID, events())
            .when(|account| Account::withdraw(account, 100))
            .then(Withdrawn { account: ID, cents: 100 });
        given::<Account>(ID, events())
            .when(|account| Account::withdraw(account, 101))
            .then_error(AccountError::TooLittle { wanted: 101, left: 100 });
    }

    #[test]
    fn nothing_to_deposit_is_no_event() {
        given::<Account>(ID, opened()).when(|account| Account::deposit(account, 0)).then_nothing();
        given::<Account>(ID, ()).when(|account| Account::deposit(account, 1)).then_error(AccountError::NotOpen);
    }
}
