async fn project(events: &[Envelope<'_, OrderPlaced>], Tx(db): Tx<&mut PgConnection>) -> Result<(), sqlx::Error> {
    insert_all(db, events).await
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
struct __project_0 {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code, unreachable_pub, reason = "`handlers![…]` names the function through it")]
type project = __project_0;
#[allow(deprecated, reason = "the handler or its event may be on its way out")]
const _: () = {
    #[allow(unused_imports, reason = "which of the two is used depends on the error's type")]
    use __events::{ViaClassify as _, ViaInto as _};
    use ::events::__private as __events;
    static __HANDLER_0: __events::HandlerRegistration = __events::HandlerRegistration::new(__events::HandlerSpec {
        name: "project",
        events: __events::EventSelector::Only(&[<OrderPlaced as __events::DomainEvent>::DESCRIPTOR]),
        call: __events::Call::Async(|__context| {
            __events::boxed(async move {
                let mut __answer = __events::Classified(::core::option::Option::Some(
                    project(
                        &__events::batch::<OrderPlaced>(__context)?,
                        __events::extract::<Tx<&mut PgConnection>>(__context)?,
                    )
                    .await,
                ));
                (&mut __answer).into_handler_result()
            })
        }),
        priority: 0i32,
        timeout: ::core::option::Option::None,
        durable: ::core::option::Option::Some(__events::DurableSpec {
            batch: ::core::option::Option::Some(500u32),
            ..__events::DurableSpec::new(__events::BeginsAt::Start)
        }),
        retry: ::core::option::Option::None,
        requires: &[<Tx<&mut PgConnection> as __events::FromContext<'_>>::requires],
        location: __events::SourceLocation::new(::core::module_path!(), "project", ::core::file!(), ::core::line!()),
    })
    .in_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"));
    __events::submit! { __events :: RegisteredHandler (& __HANDLER_0) }
    #[automatically_derived]
    #[doc(hidden)]
    impl __events::HandlerItem for __project_0 {
        fn registrations() -> &'static [&'static __events::HandlerRegistration] {
            const { &[&__HANDLER_0] }
        }
    }
};
