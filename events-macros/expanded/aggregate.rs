#[aggregate(name = "user", snapshot_every = 100)]
impl User {
    pub fn register(user: &AggregateRoot<User>) -> UserRegistered {
        UserRegistered { user_id: *user.id() }
    }

    #[when]
    fn registered(&mut self, event: &UserRegistered) {
        self.is_there = true;
    }

    #[when]
    fn renamed(&mut self, event: &UserRenamed) {
        self.name = event.name.clone();
    }
}
