//! What the log tells about each person.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::nutrition::{
    CoachingSessionCompleted, Email, GoalTarget, GoalType, HealthDataSynced, HealthReading, HealthSource, Insight,
    Money, NutritionGoalSet, PaymentProcessed, UserId, UserRegistered, WeekStart, WeeklyMetrics, WeeklyReportGenerated,
};
use events::store::LogQuery;
use events::{DecodeError, EventStore, RecordedEvent};

/// Everyone in the log, by id.
#[derive(Debug, Default)]
pub(crate) struct Story {
    people: BTreeMap<UserId, Person>,
}

/// One person, as far as the reports need it.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) email: Option<Email>,
    pub(crate) goals: BTreeMap<GoalType, GoalTarget>,
    pub(crate) weeks: BTreeMap<WeekStart, WeeklyMetrics>,
    pub(crate) readings: Vec<(HealthSource, HealthReading)>,
    pub(crate) insights: Vec<(NaiveDate, Insight)>,
    pub(crate) payments: Vec<(NaiveDate, Money)>,
}

impl Story {
    /// Reads the whole log, page by page.
    pub(crate) async fn read(store: &EventStore) -> anyhow::Result<Self> {
        let mut story = Self::default();
        let mut query = LogQuery::new();
        loop {
            let page = store.read_log(query).await?;
            for event in page.events() {
                story.tell(event)?;
            }
            match page.next() {
                Some(position) => query = LogQuery::new().after(position),
                None => return Ok(story),
            }
        }
    }

    /// Everyone who is registered, by e-mail address.
    pub(crate) fn people(&self) -> BTreeMap<&Email, &Person> {
        self.people.values().filter_map(|person| Some((person.email.as_ref()?, person))).collect()
    }

    fn person(&mut self, id: UserId) -> &mut Person {
        self.people.entry(id).or_default()
    }

    fn tell(&mut self, event: &RecordedEvent) -> Result<(), DecodeError> {
        let day = event.metadata().occurred_at().date_naive();
        if event.is::<UserRegistered>() {
            let UserRegistered { user_id, email, .. } = event.decode()?;
            self.person(user_id).email = Some(email);
        } else if event.is::<NutritionGoalSet>() {
            let NutritionGoalSet { user_id, goal_type, target_value } = event.decode()?;
            self.person(user_id).goals.insert(goal_type, target_value);
        } else if event.is::<WeeklyReportGenerated>() {
            let WeeklyReportGenerated { user_id, metrics, .. } = event.decode()?;
            self.person(user_id).weeks.insert(metrics.week_start(), metrics);
        } else if event.is::<HealthDataSynced>() {
            let HealthDataSynced { user_id, source, metrics } = event.decode()?;
            self.person(user_id).readings.extend(metrics.into_iter().map(|reading| (source, reading)));
        } else if event.is::<CoachingSessionCompleted>() {
            let CoachingSessionCompleted { user_id, insights, .. } = event.decode()?;
            self.person(user_id).insights.extend(insights.into_iter().map(|insight| (day, insight)));
        } else if event.is::<PaymentProcessed>() {
            let PaymentProcessed { user_id, amount, .. } = event.decode()?;
            self.person(user_id).payments.push((day, amount));
        }
        Ok(())
    }
}
