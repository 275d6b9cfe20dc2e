//! What must never change: the events' names and first fields, and that all of it reads back.

use super::{
    Coaching, CoachingSessionCompleted, EmailClaim, EmailClaimed, FoodDiary, HealthDataSynced, HealthProfile,
    MealLogged, MealPlanCreated, MealPlanner, NutritionGoalSet, PaymentProcessed, Subscription, User, UserId,
    UserRegistered, WeeklyReportGenerated,
};
use crate::prelude::*;

const ADA: &str = "00000000-0000-0000-0000-000000000001";

/// Reads an event from JSON, and finds the same JSON again.
fn event<E: DomainEvent>(fields: &str) -> E {
    let json = format!("{{\"user_id\":\"{ADA}\",{fields}}}");
    let event = serde_json::from_str::<E>(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(serde_json::to_string(&event).unwrap(), json);
    event
}

/// Folds events, and finds the same state again after it has been kept as a snapshot is.
fn state_reads_back<A: Aggregate + Clone + PartialEq + std::fmt::Debug>(id: A::Id, events: impl IntoEvents<A>) {
    let mut root = AggregateRoot::<A>::new(id);
    root.apply(events);
    assert_ne!(*root.state(), A::default());
    let json = serde_json::to_string(root.state()).unwrap();
    assert_eq!(serde_json::from_str::<A>(&json).unwrap(), *root.state(), "{json}");
}

fn meal() -> MealLogged {
    event(&format!(r#""meal_id":"{ADA}","calories":349,"timestamp":"2026-10-26T07:30:00-04:00","description":"soup""#))
}

fn weekly_report() -> WeeklyReportGenerated {
    let days = r#"[{"day":"2026-10-26","meals":1,"energy":349}]"#;
    event(&format!(r#""report_id":"{ADA}","metrics":{{"week_start":"2026-10-26","days":{days}}}"#))
}

#[test]
fn the_names_and_first_fields_of_the_events_stay() {
    let contract = [
        (UserRegistered::DESCRIPTOR, "user_registered", vec!["user_id", "email", "timestamp"]),
        (EmailClaimed::DESCRIPTOR, "email_claimed", vec!["email", "user_id"]),
        (MealPlanCreated::DESCRIPTOR, "meal_plan_created", vec!["user_id", "plan_id", "week_start"]),
        (NutritionGoalSet::DESCRIPTOR, "nutrition_goal_set", vec!["user_id", "goal_type", "target_value"]),
        (MealLogged::DESCRIPTOR, "meal_logged", vec!["user_id", "meal_id", "calories", "timestamp"]),
        (PaymentProcessed::DESCRIPTOR, "payment_processed", vec!["user_id", "amount", "subscription_id"]),
        (HealthDataSynced::DESCRIPTOR, "health_data_synced", vec!["user_id", "source", "metrics"]),
        (CoachingSessionCompleted::DESCRIPTOR, "coaching_session_completed", vec!["user_id", "session_id", "insights"]),
        (WeeklyReportGenerated::DESCRIPTOR, "weekly_report_generated", vec!["user_id", "report_id", "metrics"]),
    ];
    for (descriptor, name, first) in contract {
        assert_eq!(descriptor.name(), format!("nutrition.{name}"));
        let fields: Vec<_> = descriptor.fields().iter().map(|field| field.name()).collect();
        assert_eq!(fields[..first.len()], first, "{name}");
    }
}

#[test]
fn the_states_of_user_planner_and_claim_read_back() {
    let ada = UserId::from(Uuid::from_u128(1));
    let registered: UserRegistered = event(r#""email":"ada@example.com","timestamp":"2026-10-26T08:00:00Z""#);
    let goal: NutritionGoalSet = event(r#""goal_type":"daily_energy","target_value":2000"#);
    let claimed = EmailClaimed { email: registered.email.clone(), user_id: ada };
    state_reads_back::<EmailClaim>(registered.email.clone(), claimed);
    state_reads_back::<User>(ada, (registered, goal));
    let plan: MealPlanCreated = event(&format!(r#""plan_id":"{ADA}","week_start":"2026-10-26""#));
    state_reads_back::<MealPlanner>(ada, plan);
}

#[test]
fn the_states_of_diary_health_and_coaching_read_back() {
    let ada = UserId::from(Uuid::from_u128(1));
    state_reads_back::<FoodDiary>(ada, (meal(), weekly_report()));
    let readings = r#"[{"kind":"steps","steps":8000,"measured_at":"2026-10-26T20:00:00Z"}]"#;
    let synced: HealthDataSynced = event(&format!(r#""source":"garmin","metrics":{readings}"#));
    state_reads_back::<HealthProfile>(ada, synced);
    let insights = r#"[{"topic":"sleep","text":"eight hours"}]"#;
    let completed: CoachingSessionCompleted = event(&format!(r#""session_id":"{ADA}","insights":{insights}"#));
    state_reads_back::<Coaching>(ada, completed);
}

#[test]
fn the_state_of_a_subscription_reads_back() {
    let amount = r#"{"minor_units":1290,"currency":"EUR"}"#;
    let paid: PaymentProcessed = event(&format!(r#""amount":{amount},"subscription_id":"{ADA}","payment_id":"{ADA}""#));
    state_reads_back::<Subscription>(paid.subscription_id, paid);
}

#[test]
fn a_diary_read_back_knows_where_its_latest_meal_was_eaten() {
    let mut diary = AggregateRoot::<FoodDiary>::new(UserId::from(Uuid::from_u128(1)));
    diary.apply(meal());
    let json = serde_json::to_string(diary.state()).unwrap();
    // Equal times of two offsets are equal, so the offset is looked for in the text.
    assert!(json.contains(r#""latest":"2026-10-26T07:30:00-04:00""#), "{json}");
}

#[test]
fn a_meal_without_a_description_reads_back_and_a_wrong_one_does_not() {
    let fields = format!(r#""meal_id":"{ADA}","calories":349,"timestamp":"2026-10-26T07:30:00+01:00""#);
    assert_eq!(event::<MealLogged>(&fields).description, None);
    for (good, bad) in [("349", "10001"), ("+01:00", ""), (ADA, "ada")] {
        let json = format!("{{\"user_id\":\"{ADA}\",{fields}}}").replace(good, bad);
        assert!(serde_json::from_str::<MealLogged>(&json).is_err(), "{json}");
    }
}
