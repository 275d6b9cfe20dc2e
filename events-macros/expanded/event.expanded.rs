#[allow(deprecated, reason = "the event may be on its way out")]
const _: () = {
    use ::events::__private as __events;
    #[automatically_derived]
    impl __events::DomainEvent for UserRegistered
    where
        for<'any> Self: __events::Storable + __events::Shareable,
    {
        const DESCRIPTOR: &'static __events::EventDescriptor =
            &__events::EventDescriptor::new::<Self>(__events::EventSpec {
                name: "user_registered",
                version: 1u32,
                kind: __events::EventType::Domain,
                aggregate: ::core::option::Option::Some("user"),
                fields: &[
                    __events::FieldDescriptor::new("user_id", "Uuid", __events::FieldRole::Id),
                    __events::FieldDescriptor::new("email", "String", __events::FieldRole::Data),
                ],
                previous: ::core::option::Option::None,
                location: __events::SourceLocation::new(
                    ::core::module_path!(),
                    "UserRegistered",
                    ::core::file!(),
                    ::core::line!(),
                ),
            })
            .with_shape(<Self as __events::EventShape>::shape);
        type Id = Uuid;
        fn aggregate_id(&self) -> ::core::option::Option<&Self::Id> {
            ::core::option::Option::Some(&self.user_id)
        }
        fn decode(
            version: __events::SchemaVersion,
            data: &::core::primitive::str,
        ) -> ::core::result::Result<Self, __events::DecodeError> {
            __events::decode::<Self>(version, data)
        }
    }
    #[automatically_derived]
    impl __events::EventShape for UserRegistered {
        fn shape(shapes: &mut __events::Shapes) -> __events::Shape {
            #[allow(unused_imports, reason = "a type may have no fields")]
            use __events::{ViaName as _, ViaShape as _, ViaWrapper as _};
            #[allow(unused_variables, reason = "a type may have no fields")]
            shapes.of::<Self>(|__shapes| {
                __events::shape::object([
                    __events::shape::field(
                        "user_id",
                        (&&&__events::Probe::<Uuid>::new("Uuid")).__event_shape(__shapes),
                    )
                    .id(),
                    __events::shape::field(
                        "email",
                        (&&&__events::Probe::<String>::new("String")).__event_shape(__shapes),
                    ),
                ])
            })
        }
    }
    __events::submit! { __events :: RegisteredEvent (< UserRegistered as __events :: DomainEvent > :: DESCRIPTOR) }
};
