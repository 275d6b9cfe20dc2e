//! What the benches of the store and of the delivery share.

use std::time::Instant;

use events::BoxError;
use events::prelude::*;
use events::store::{Append, NewEvent};
use serde::{Deserialize, Serialize};

const ROUNDS: usize = 9;
pub(crate) const CALORIES: u32 = 523;

#[derive(Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "meal_logged", aggregate = "food_diary")]
pub(crate) struct Meal {
    #[event(id)]
    pub(crate) user_id: Uuid,
    pub(crate) meal_id: Uuid,
    pub(crate) calories: u32,
    pub(crate) title: String,
}

pub(crate) fn meal(user_id: Uuid) -> Meal {
    let title = "porridge with apples and walnuts".into();
    Meal { user_id, meal_id: Uuid::now_v7(), calories: CALORIES, title }
}

pub(crate) fn commit(user_id: Uuid, events: usize) -> Result<Append, BoxError> {
    commit_of(std::iter::repeat_n(user_id, events))
}

/// A meal of each.
pub(crate) fn commit_of(users: impl IntoIterator<Item = Uuid>) -> Result<Append, BoxError> {
    users.into_iter().try_fold(Append::new(), |commit, user_id| {
        let meal = meal(user_id);
        let metadata = EventMetadata::new(&meal, &Context::actor("ada"));
        let event = NewEvent::new(&meal, metadata).map_err(events::Error::from)?;
        Ok(commit.event(event))
    })
}

/// The workloads that are wanted, which are all unless the command line names some by a part of theirs.
pub(crate) struct Wanted(Vec<String>);

impl Wanted {
    pub(crate) fn from_args() -> Self {
        Self(std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect())
    }

    pub(crate) fn wants(&self, workload: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|wanted| workload.contains(wanted.as_str()))
    }

    /// Whether something is wanted that only PostgreSQL has.
    #[cfg(not(feature = "postgres"))]
    pub(crate) fn names_postgres(&self) -> bool {
        self.0.iter().any(|wanted| wanted.starts_with("postgres"))
    }
}

pub(crate) fn timed(work: impl FnOnce() -> Result<(), BoxError>) -> Result<f64, BoxError> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64())
}

/// The median of the rounds' ratios of the first time to the second.
pub(crate) fn median_ratio(round: impl Fn() -> Result<(f64, f64), BoxError>) -> Result<f64, BoxError> {
    let mut ratios = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (ours, floor) = round()?;
        ratios.push(ours / floor);
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios.get(ROUNDS / 2).copied().unwrap_or(f64::NAN))
}
