#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user")]
pub struct UserRegistered {
    #[event(id)]
    pub user_id: Uuid,
    pub email: String,
}
