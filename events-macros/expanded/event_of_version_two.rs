#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "diary", version = 2, previous = MealLoggedV1)]
struct MealLogged {
    #[event(id)]
    diary: u64,
    #[event(occurred_at)]
    eaten_at: DateTime<Utc>,
}
