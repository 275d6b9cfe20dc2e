impl User {
    pub fn register(user: &AggregateRoot<User>) -> UserRegistered {
        UserRegistered { user_id: *user.id() }
    }
    fn registered(&mut self, event: &UserRegistered) {
        self.is_there = true;
    }
    fn renamed(&mut self, event: &UserRenamed) {
        self.name = event.name.clone();
    }
}
#[doc = "One event of `User`, as its `#[when]` methods take them."]
#[allow(
    deprecated,
    non_camel_case_types,
    private_interfaces,
    unreachable_pub,
    unnameable_types,
    dead_code,
    clippy::large_enum_variant,
    clippy::enum_variant_names,
    clippy::exhaustive_enums,
    reason = "what the events are and what they are named, how large and how visible they are, is the user's choice"
)]
pub enum UserEvent {
    #[doc = "Handled by `registered`."]
    UserRegistered(UserRegistered),
    #[doc = "Handled by `renamed`."]
    UserRenamed(UserRenamed),
}
#[allow(deprecated, reason = "an event may be on its way out")]
const _: () = {
    use ::events::__private as __events;
    #[automatically_derived]
    impl __events::Aggregate for User
    where
        for<'any> User: ::core::default::Default + __events::Storable + __events::Shareable,
    {
        type Id = <UserRegistered as __events::DomainEvent>::Id;
        type Event = UserEvent;
        const DESCRIPTOR: &'static __events::AggregateDescriptor =
            &__events::AggregateDescriptor::new(__events::AggregateSpec {
                name: "user",
                events: &[
                    <UserRegistered as __events::DomainEvent>::DESCRIPTOR,
                    <UserRenamed as __events::DomainEvent>::DESCRIPTOR,
                ],
                snapshot_every: ::core::option::Option::Some(100u32),
                fold_hash: 10286065593692490854u64,
                location: __events::SourceLocation::new(
                    ::core::module_path!(),
                    "User",
                    ::core::file!(),
                    ::core::line!(),
                ),
            });
        fn when(&mut self, event: &UserEvent) {
            match event {
                UserEvent::UserRegistered(event) => <User>::registered(self, event),
                UserEvent::UserRenamed(event) => <User>::renamed(self, event),
            }
        }
    }
    #[automatically_derived]
    impl __events::AggregateEvent for UserEvent {
        fn decode(data: &__events::EventData<'_>) -> ::core::result::Result<Self, __events::DecodeError> {
            if let ::core::option::Option::Some(event) = __events::read(
                data,
                <UserRegistered as __events::DomainEvent>::DESCRIPTOR,
                <UserRegistered as __events::DomainEvent>::decode,
            ) {
                return event.map(Self::UserRegistered);
            }
            if let ::core::option::Option::Some(event) = __events::read(
                data,
                <UserRenamed as __events::DomainEvent>::DESCRIPTOR,
                <UserRenamed as __events::DomainEvent>::decode,
            ) {
                return event.map(Self::UserRenamed);
            }
            ::core::result::Result::Err(__events::no_when(data, "user"))
        }
        fn as_event(&self) -> &dyn __events::ErasedEvent {
            match self {
                Self::UserRegistered(event) => <UserRegistered as __events::DomainEvent>::__erased(event),
                Self::UserRenamed(event) => <UserRenamed as __events::DomainEvent>::__erased(event),
            }
        }
        fn into_event(self) -> __events::Arc<dyn __events::ErasedEvent> {
            match self {
                Self::UserRegistered(event) => <UserRegistered as __events::DomainEvent>::__into_erased(event),
                Self::UserRenamed(event) => <UserRenamed as __events::DomainEvent>::__into_erased(event),
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for UserEvent {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __events::debug_event(self, f)
        }
    }
    #[automatically_derived]
    impl __events::IntoEvents<User> for UserEvent
    where
        for<'any> User: ::core::default::Default + __events::Storable + __events::Shareable,
    {
        fn into_events(self) -> __events::Vec<Self> {
            __events::one(self)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<UserRegistered> for UserEvent {
        fn from(event: UserRegistered) -> Self {
            Self::UserRegistered(event)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<UserRenamed> for UserEvent {
        fn from(event: UserRenamed) -> Self {
            Self::UserRenamed(event)
        }
    }
    const _: () = ::core::assert!(
        __events::belongs_to::<
            <UserRegistered as __events::DomainEvent>::Id,
            <UserRegistered as __events::DomainEvent>::Id,
        >(<UserRegistered as __events::DomainEvent>::DESCRIPTOR, "user"),
        "`UserRegistered` is not an event of the aggregate \"user\": its derive needs `#[event(aggregate = \"user\")]`"
    );
    const _: () = ::core::assert!(
        __events::belongs_to::<<UserRenamed as __events::DomainEvent>::Id, <UserRegistered as __events::DomainEvent>::Id>(
            <UserRenamed as __events::DomainEvent>::DESCRIPTOR,
            "user"
        ),
        "`UserRenamed` is not an event of the aggregate \"user\": its derive needs `#[event(aggregate = \"user\")]`"
    );
    __events::submit! { __events :: RegisteredAggregate (< User as __events :: Aggregate > :: DESCRIPTOR) }
};
