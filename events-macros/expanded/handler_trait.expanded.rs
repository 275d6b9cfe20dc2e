impl EventHandler<UserRegistered> for WelcomeHandler {
    fn handle(&self, event: &UserRegistered, metadata: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}
#[allow(deprecated, reason = "the handler or its event may be on its way out")]
const _: () = {
    #[allow(unused_imports, reason = "which of the two is used depends on the error's type")]
    use __events::{ViaClassify as _, ViaInto as _};
    use ::events::__private as __events;
    static __HANDLER_0: __events::HandlerRegistration = __events::HandlerRegistration::new(__events::HandlerSpec {
        name: "WelcomeHandler",
        events: __events::EventSelector::Only(&[<UserRegistered as __events::DomainEvent>::DESCRIPTOR]),
        call: __events::Call::Sync(__events::handle::<UserRegistered, WelcomeHandler>),
        priority: 0i32,
        timeout: ::core::option::Option::None,
        durable: ::core::option::Option::None,
        retry: ::core::option::Option::None,
        requires: &[__events::requires_state::<WelcomeHandler>],
        location: __events::SourceLocation::new(
            ::core::module_path!(),
            "WelcomeHandler",
            ::core::file!(),
            ::core::line!(),
        ),
    })
    .in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"));
    __events::submit! { __events :: RegisteredHandler (& __HANDLER_0) }
    #[automatically_derived]
    #[doc(hidden)]
    impl __events::HandlerItem for WelcomeHandler {
        fn registrations() -> &'static [&'static __events::HandlerRegistration] {
            const { &[&__HANDLER_0] }
        }
    }
};
