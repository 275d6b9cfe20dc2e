fn follow(event: &RecordedEvent) -> Outcome {
    Outcome::Done
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    dead_code,
    unreachable_pub,
    unnameable_types,
    missing_debug_implementations,
    missing_copy_implementations,
    clippy::exhaustive_structs,
    reason = "it stands for the function, in the namespace of types"
)]
struct __follow_0 {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code, unreachable_pub, reason = "`handlers![…]` names the function through it")]
type follow = __follow_0;
#[allow(deprecated, reason = "the handler or its event may be on its way out")]
const _: () = {
    #[allow(unused_imports, reason = "which of the two is used depends on the error's type")]
    use __events::{ViaClassify as _, ViaInto as _};
    use ::events::__private as __events;
    static __HANDLER_0: __events::HandlerRegistration = __events::HandlerRegistration::new(__events::HandlerSpec {
        name: "follow",
        events: __events::EventSelector::Only(&[
            <OrderPlaced as __events::DomainEvent>::DESCRIPTOR,
            <OrderShipped as __events::DomainEvent>::DESCRIPTOR,
        ]),
        call: __events::Call::Sync(|__context| {
            let mut __answer =
                __events::Classified(::core::option::Option::Some(follow(__events::recorded(__context)?)));
            (&mut __answer).into_handler_result()
        }),
        priority: 10i32,
        timeout: ::core::option::Option::None,
        durable: ::core::option::Option::None,
        retry: ::core::option::Option::None,
        requires: &[__events::requires_dispatcher],
        location: __events::SourceLocation::new(::core::module_path!(), "follow", ::core::file!(), ::core::line!()),
    })
    .in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"));
    __events::submit! { __events :: RegisteredHandler (& __HANDLER_0) }
    #[automatically_derived]
    #[doc(hidden)]
    impl __events::HandlerItem for __follow_0 {
        fn registrations() -> &'static [&'static __events::HandlerRegistration] {
            const { &[&__HANDLER_0] }
        }
    }
};
