use super::*;
use crate::nutrition::UserId;
use crate::testing::given;

fn ada() -> UserId {
    Uuid::from_u128(1).into()
}

fn time(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    time(text).to_utc()
}

fn week() -> WeekStart {
    WeekStart::new("2026-10-26".parse().unwrap()).unwrap()
}

fn meal(number: u128, kcal: u32, at: &str) -> MealLogged {
    MealLogged {
        user_id: ada(),
        meal_id: Uuid::from_u128(number).into(),
        calories: Kilocalories::new(kcal).unwrap(),
        timestamp: time(at),
        description: None,
    }
}

/// The command that leads to such an event.
fn log(meal: MealLogged) -> impl Fn(&AggregateRoot<FoodDiary>) -> Result<Option<MealLogged>, FoodDiaryError> {
    move |diary| FoodDiary::log_meal(diary, meal.meal_id, meal.calories, meal.timestamp, meal.description.clone())
}

fn report_id(number: u128) -> ReportId {
    Uuid::from_u128(number).into()
}

fn report(number: u128) -> impl Fn(&AggregateRoot<FoodDiary>) -> Result<Option<WeeklyReportGenerated>, FoodDiaryError> {
    move |diary| FoodDiary::report_week(diary, report_id(number), week())
}

fn reported(days: Vec<DayTotal>) -> WeeklyReportGenerated {
    let metrics = WeeklyMetrics::new(week(), days).unwrap();
    WeeklyReportGenerated { user_id: ada(), report_id: report_id(1), metrics }
}

fn day(day: &str, meals: u32, kcal: u32) -> DayTotal {
    DayTotal { day: day.parse().unwrap(), meals, energy: Kilocalories::new(kcal).unwrap().into() }
}

#[test]
fn a_meal_is_logged_once() {
    let breakfast = meal(1, 350, "2026-10-26T07:00:00+01:00");
    let now = utc("2026-10-26T12:00:00Z");
    let diary = || given::<FoodDiary>(ada(), breakfast.clone()).at(now);
    given::<FoodDiary>(ada(), ()).at(now).when(log(breakfast.clone())).then(breakfast.clone());
    diary().when(log(breakfast.clone())).then_nothing();
    let refused = breakfast.meal_id;
    diary().when(log(meal(1, 351, "2026-10-26T07:00:00+01:00"))).then_error(FoodDiaryError::MealDiffers { refused });
    diary().when(log(meal(1, 350, "2026-10-26T07:01:00+01:00"))).then_error(FoodDiaryError::MealDiffers { refused });
}

#[test]
fn a_meal_is_not_in_the_future() {
    let now = utc("2026-10-26T06:00:00Z");
    let on_time = meal(1, 350, "2026-10-26T07:00:00+01:00");
    given::<FoodDiary>(ada(), ()).at(now).when(log(on_time.clone())).then(on_time);
    let early = meal(1, 350, "2026-10-26T07:00:01+01:00");
    let refused = FoodDiaryError::InTheFuture { refused: early.timestamp, now };
    given::<FoodDiary>(ada(), ()).at(now).when(log(early)).then_error(refused);
}

#[test]
fn a_meal_belongs_to_the_day_it_was_where_it_was_eaten() {
    // Half past eight in the evening in New York is the next day in UTC.
    let sunday = meal(1, 700, "2026-11-01T20:30:00-05:00");
    let monday = meal(2, 300, "2026-11-02T07:00:00-05:00");
    let mut diary = AggregateRoot::<FoodDiary>::new(ada());
    diary.apply((sunday, monday));
    assert_eq!(diary.day("2026-11-01".parse().unwrap()), Some(day("2026-11-01", 1, 700)));
    assert_eq!(diary.week(week()).unwrap().days(), [day("2026-11-01", 1, 700)]);
    assert_eq!(diary.meal_count(), 2);
}

#[test]
fn a_week_is_reported_once_and_only_when_it_is_over() {
    let meals = || (meal(1, 350, "2026-10-26T07:00:00-04:00"), meal(2, 650, "2026-10-26T12:30:00-04:00"));
    // The latest meal was eaten at -04:00, so that is where midnight counts.
    let monday = utc("2026-11-02T04:00:00Z");
    let report_one = reported(vec![day("2026-10-26", 2, 1_000)]);
    given::<FoodDiary>(ada(), meals()).at(monday).when(report(1)).then(report_one.clone());
    let done = || given::<FoodDiary>(ada(), (meals(), report_one.clone())).at(monday);
    done().when(report(1)).then_nothing();
    done().when(report(2)).then_error(FoodDiaryError::AlreadyReported { week: week(), refused: report_id(2) });

    let sunday = utc("2026-11-02T03:59:59Z");
    let not_over = FoodDiaryError::NotOver { refused: week(), today: "2026-11-01".parse().unwrap() };
    given::<FoodDiary>(ada(), meals()).at(sunday).when(report(1)).then_error(not_over);
}

#[test]
fn a_week_without_meals_is_not_reported() {
    let later = meal(1, 350, "2026-11-03T07:00:00+01:00");
    let no_meals = FoodDiaryError::Week(WeeklyMetricsError::NoMeals { week: week() });
    given::<FoodDiary>(ada(), later).at(utc("2026-11-04T00:00:00Z")).when(report(1)).then_error(no_meals.clone());
    given::<FoodDiary>(ada(), ()).at(utc("2026-11-04T00:00:00Z")).when(report(1)).then_error(no_meals);
}
