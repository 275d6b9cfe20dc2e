impl Auditor {
    fn registered(&self, event: &UserRegistered) {
        self.write(event);
    }
    async fn paid(&self, event: Envelope<'_, OrderPaid>) -> anyhow::Result<()> {
        self.send(event).await
    }
    fn write(&self, event: &UserRegistered) {}
}
#[allow(deprecated, reason = "the handler or its event may be on its way out")]
const _: () = {
    #[allow(unused_imports, reason = "which of the two is used depends on the error's type")]
    use __events::{ViaClassify as _, ViaInto as _};
    use ::events::__private as __events;
    static __HANDLER_0: __events::HandlerRegistration = __events::HandlerRegistration::new(__events::HandlerSpec {
        name: "Auditor.registered",
        events: __events::EventSelector::Only(&[<UserRegistered as __events::DomainEvent>::DESCRIPTOR]),
        call: __events::Call::Sync(|__context| {
            let mut __answer = __events::Classified(::core::option::Option::Some(<Auditor>::registered(
                __events::state::<Auditor>(__context)?,
                __events::event::<UserRegistered>(__context)?,
            )));
            (&mut __answer).into_handler_result()
        }),
        priority: 0i32,
        timeout: ::core::option::Option::None,
        durable: ::core::option::Option::None,
        retry: ::core::option::Option::None,
        requires: &[__events::requires_state::<Auditor>],
        location: __events::SourceLocation::new(
            ::core::module_path!(),
            "Auditor::registered",
            ::core::file!(),
            ::core::line!(),
        ),
    })
    .in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"));
    __events::submit! { __events :: RegisteredHandler (& __HANDLER_0) }
    static __HANDLER_1: __events::HandlerRegistration = __events::HandlerRegistration::new(__events::HandlerSpec {
        name: "audit.paid",
        events: __events::EventSelector::Only(&[<OrderPaid as __events::DomainEvent>::DESCRIPTOR]),
        call: __events::Call::Async(|__context| {
            __events::boxed(async move {
                let mut __answer = __events::Classified(::core::option::Option::Some(
                    <Auditor>::paid(
                        __events::state::<Auditor>(__context)?,
                        __events::envelope::<OrderPaid>(__context)?,
                    )
                    .await,
                ));
                (&mut __answer).into_handler_result()
            })
        }),
        priority: 0i32,
        timeout: ::core::option::Option::Some(::core::time::Duration::from_millis(1000u64)),
        durable: ::core::option::Option::None,
        retry: ::core::option::Option::None,
        requires: &[__events::requires_state::<Auditor>],
        location: __events::SourceLocation::new(
            ::core::module_path!(),
            "Auditor::paid",
            ::core::file!(),
            ::core::line!(),
        ),
    })
    .in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"));
    __events::submit! { __events :: RegisteredHandler (& __HANDLER_1) }
    #[automatically_derived]
    #[doc(hidden)]
    impl __events::HandlerItem for Auditor {
        fn registrations() -> &'static [&'static __events::HandlerRegistration] {
            const { &[&__HANDLER_0, &__HANDLER_1] }
        }
    }
};
