//! From lines to events: each entry is a command to an aggregate.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use chrono::{DateTime, NaiveTime, Utc};
use events::nutrition::{
    Coaching, Email, EmailClaim, FoodDiary, FoodDiaryError, GoalTarget, GoalType, HealthProfile, MealPlanner,
    Subscription, User, UserId, WeekStart,
};
use events::prelude::*;
use indicatif::ProgressBar;

use crate::clock::DiaryClock;
use crate::identity;
use crate::lines::{Entry, Fact, Lines, Refused};

/// From how many entries on a progress bar is worth looking at.
const LONG: usize = 1_000;

/// Gives the commands.
pub(crate) struct Importer<'a> {
    pub(crate) app: &'a EventDispatcher,
    pub(crate) clock: &'a DiaryClock,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    pub(crate) new_events: usize,
    pub(crate) refused: Vec<Refused>,
}

/// What a command comes to: how many events are new, or why there are none.
type Commanded = Result<usize, ExecuteError<anyhow::Error>>;

impl Importer<'_> {
    /// Imports all entries in order, and reports the weeks they are of.
    pub(crate) async fn import(&self, lines: &Lines) -> anyhow::Result<Imported> {
        let mut imported = Imported::default();
        let is_shown = lines.entries.len() >= LONG && std::io::stderr().is_terminal();
        let bar = if is_shown { ProgressBar::new(lines.entries.len() as u64) } else { ProgressBar::hidden() };
        for entry in bar.wrap_iter(lines.entries.iter()) {
            self.clock.advance_to(entry.at.to_utc());
            match self.command(entry).await {
                Ok(new_events) => imported.new_events += new_events,
                Err(ExecuteError::Rejected(error)) => {
                    imported.refused.push(Refused { origin: entry.origin, reason: format!("{error:#}") });
                }
                Err(error) => return Err(stopped(error)),
            }
        }
        imported.new_events += self.report_weeks(&lines.entries).await?;
        Ok(imported)
    }

    async fn command(&self, entry: &Entry) -> Commanded {
        let user = identity::user(&entry.email);
        let at = entry.at.to_rfc3339();
        match &entry.fact {
            Fact::Joined { goal, target } => self.register(user, &entry.email, *goal, *target).await,
            Fact::Planned { week } => {
                let plan = identity::plan(user, *week);
                self.give::<MealPlanner, _, _>(user, |root| MealPlanner::create_plan(root, plan, *week)).await
            }
            Fact::Ate { calories, description } => {
                let meal = identity::meal(user, &at);
                let text = Some(description.clone());
                self.give(user, |root| FoodDiary::log_meal(root, meal, *calories, entry.at, text.clone())).await
            }
            Fact::Paid { subscription, amount } => {
                let subscription = identity::subscription(user, subscription);
                let payment = identity::payment(subscription, &at);
                self.give(subscription, |root| Subscription::process_payment(root, user, payment, *amount)).await
            }
            Fact::Measured { source, reading } => {
                self.give(user, |root| HealthProfile::sync(root, *source, vec![*reading])).await
            }
            Fact::Coached { insight } => {
                let session = identity::session(user, &at);
                self.give(user, |root| Coaching::complete_session(root, session, vec![insight.clone()])).await
            }
        }
    }

    /// Gives one aggregate a command.
    async fn give<A: Aggregate, I: IntoEvents<A>, E: Into<anyhow::Error>>(
        &self,
        id: A::Id,
        decide: impl Fn(&AggregateRoot<A>) -> Result<I, E>,
    ) -> Commanded {
        let receipt = self.app.aggregate::<A>(id).execute(|root| decide(root).map_err(Into::into)).await?;
        Ok(receipt.events().len())
    }

    /// Registers a user and claims the address in one commit, so that neither is there without the
    /// other; then sets the goal.
    async fn register(&self, user: UserId, email: &Email, goal: GoalType, target: GoalTarget) -> Commanded {
        let both = self.app.aggregate::<User>(user).and::<EmailClaim>(email.clone());
        let receipt = both
            .execute(|root, claim| Ok((User::register(root, email.clone())?, EmailClaim::claim(claim, user)?)))
            .await?;
        let goals = self.give(user, |root| User::set_goal(root, goal, target)).await?;
        Ok(receipt.events().len() + goals)
    }

    /// Reports every week that somebody ate in, as soon as the last of them is over everywhere.
    async fn report_weeks(&self, entries: &[Entry]) -> anyhow::Result<usize> {
        let mut weeks = BTreeMap::new();
        for entry in entries.iter().filter(|entry| matches!(entry.fact, Fact::Ate { .. })) {
            let week = WeekStart::containing(entry.at.date_naive())?;
            weeks.insert((week, &entry.email), identity::user(&entry.email));
        }
        if let Some(monday) = weeks.keys().next_back().and_then(|(week, _)| monday_after(*week)) {
            self.clock.advance_to(monday);
        }
        let mut new_events = 0;
        for ((week, _), user) in weeks {
            let report = identity::report(user, week);
            match self.give(user, |root| FoodDiary::report_week(root, report, week)).await {
                Ok(reported) => new_events += reported,
                // All meals of the week were refused, each with its reason.
                Err(ExecuteError::Rejected(error)) if has_no_meals(&error) => {}
                Err(error) => return Err(stopped(error)),
            }
        }
        Ok(new_events)
    }
}

/// Noon in UTC, when the Monday has begun everywhere.
fn monday_after(week: WeekStart) -> Option<DateTime<Utc>> {
    let noon = NaiveTime::from_hms_opt(12, 0, 0)?;
    Some(week.last_day().succ_opt()?.and_time(noon).and_utc())
}

fn has_no_meals(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(FoodDiaryError::Week(_)))
}

fn stopped(error: ExecuteError<anyhow::Error>) -> anyhow::Error {
    anyhow::anyhow!(error.into_boxed()).context("the import has stopped")
}
