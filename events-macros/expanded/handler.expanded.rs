pub fn audit(event: &UserRegistered, State(journal): State<&Journal>) {
    journal.write(event);
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
pub struct __audit_0 {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code, unreachable_pub, reason = "`handlers![…]` names the function through it")]
pub type audit = __audit_0;
#[allow(deprecated, reason = "the handler or its event may be on its way out")]
const _: () = {
    #[allow(unused_imports, reason = "which of the two is used depends on the error's type")]
    use __events::{ViaClassify as _, ViaInto as _};
    use ::events::__private as __events;
    static __HANDLER_0: __events::HandlerRegistration = __events::HandlerRegistration::new(__events::HandlerSpec {
        name: "audit",
        events: __events::EventSelector::Only(&[<UserRegistered as __events::DomainEvent>::DESCRIPTOR]),
        call: __events::Call::Sync(|__context| {
            let mut __answer = __events::Classified(::core::option::Option::Some(audit(
                __events::event::<UserRegistered>(__context)?,
                __events::extract::<State<&Journal>>(__context)?,
            )));
            (&mut __answer).into_handler_result()
        }),
        priority: 0i32,
        timeout: ::core::option::Option::None,
        durable: ::core::option::Option::None,
        retry: ::core::option::Option::None,
        requires: &[<State<&Journal> as __events::FromContext<'_>>::requires],
        location: __events::SourceLocation::new(::core::module_path!(), "audit", ::core::file!(), ::core::line!()),
    })
    .in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"));
    __events::submit! { __events :: RegisteredHandler (& __HANDLER_0) }
    #[automatically_derived]
    #[doc(hidden)]
    impl __events::HandlerItem for __audit_0 {
        fn registrations() -> &'static [&'static __events::HandlerRegistration] {
            const { &[&__HANDLER_0] }
        }
    }
};
