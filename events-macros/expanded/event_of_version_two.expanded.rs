#[allow(deprecated, reason = "the event may be on its way out")]
const _: () = {
    use ::events::__private as __events;
    #[automatically_derived]
    impl __events::DomainEvent for MealLogged
    where
        for<'any> Self: __events::Storable + __events::Shareable,
    {
        const DESCRIPTOR: &'static __events::EventDescriptor =
            &__events::EventDescriptor::new::<Self>(__events::EventSpec {
                name: "meal_logged",
                version: 2u32,
                kind: __events::EventType::Domain,
                aggregate: ::core::option::Option::Some("diary"),
                fields: &[
                    __events::FieldDescriptor::new("diary", "u64", __events::FieldRole::Id),
                    __events::FieldDescriptor::new("eaten_at", "DateTime<Utc>", __events::FieldRole::OccurredAt),
                ],
                previous: ::core::option::Option::Some(<MealLoggedV1 as __events::DomainEvent>::DESCRIPTOR),
                location: __events::SourceLocation::new(
                    ::core::module_path!(),
                    "MealLogged",
                    ::core::file!(),
                    ::core::line!(),
                ),
            })
            .with_shape(<Self as __events::EventShape>::shape);
        type Id = u64;
        fn aggregate_id(&self) -> ::core::option::Option<&Self::Id> {
            ::core::option::Option::Some(&self.diary)
        }
        fn occurred_at(&self) -> ::core::option::Option<__events::DateTime<__events::Utc>> {
            <DateTime<Utc> as __events::OccurredAt>::occurred_at(&self.eaten_at)
        }
        fn decode(
            version: __events::SchemaVersion,
            data: &::core::primitive::str,
        ) -> ::core::result::Result<Self, __events::DecodeError> {
            __events::decode_from::<Self, MealLoggedV1>(
                <MealLoggedV1 as __events::DomainEvent>::DESCRIPTOR,
                <MealLoggedV1 as __events::DomainEvent>::decode,
                version,
                data,
            )
        }
    }
    #[automatically_derived]
    impl __events::EventShape for MealLogged {
        fn shape(shapes: &mut __events::Shapes) -> __events::Shape {
            #[allow(unused_imports, reason = "a type may have no fields")]
            use __events::{ViaName as _, ViaShape as _, ViaWrapper as _};
            #[allow(unused_variables, reason = "a type may have no fields")]
            shapes.of::<Self>(|__shapes| {
                __events::shape::object([
                    __events::shape::field("diary", (&&&__events::Probe::<u64>::new("u64")).__event_shape(__shapes))
                        .id(),
                    __events::shape::field(
                        "eaten_at",
                        (&&&__events::Probe::<DateTime<Utc>>::new("DateTime<Utc>")).__event_shape(__shapes),
                    ),
                ])
            })
        }
    }
    __events::submit! { __events :: RegisteredEvent (< MealLogged as __events :: DomainEvent > :: DESCRIPTOR) }
    const __NEW: &__events::EventDescriptor = <MealLogged as __events::DomainEvent>::DESCRIPTOR;
    const __OLD: &__events::EventDescriptor = <MealLoggedV1 as __events::DomainEvent>::DESCRIPTOR;
    const _: () = ::core::assert!(
        __NEW.version().value() > __OLD.version().value(),
        "`previous = MealLoggedV1` must have a smaller version than `MealLogged`"
    );
    const _: () = ::core::assert!(
        __events::same(__NEW.name(), __OLD.name()),
        "`previous = MealLoggedV1` must have the same name as `MealLogged`: add `name = \"meal_logged\"` to its `#[event(…)]`"
    );
};
