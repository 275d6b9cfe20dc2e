fn audit(event: UserRegistered) {}
::core::compile_error! { "unknown key `form`: did you mean `from`?" }
::core::compile_error! { "an event is lent to its handlers: `&UserRegistered`" }
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
struct __audit_0 {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code, unreachable_pub, reason = "`handlers![…]` names the function through it")]
type audit = __audit_0;
const _: () = {
    use ::events::__private as __events;
    #[automatically_derived]
    #[doc(hidden)]
    impl __events::HandlerItem for __audit_0 {
        fn registrations() -> &'static [&'static __events::HandlerRegistration] {
            &[]
        }
    }
};
