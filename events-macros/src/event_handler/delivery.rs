//! What a registration says about delivery: `durable(…)` and `retry(…)`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::durable::{BeginsAt, Durable, OnExhausted, Order};
use super::model::Handler;
use super::retry::Retry;
use crate::crate_path::Private;
use crate::tokens::generated_at;

/// The fields of a `HandlerSpec`.
pub(super) fn fields(private: &Private, handler: &Handler<'_>) -> TokenStream {
    let none = || quote!(::core::option::Option::None);
    let durable = handler.settings.durable.as_ref().map_or_else(none, |spec| durable(private, spec, &handler.events()));
    let retry = handler.settings.retry.as_ref().map_or_else(none, |policy| retry(private, policy));
    quote!(durable: #durable, retry: #retry,)
}

/// `Some(DurableSpec)` for a handler of these events; only what differs from the default is written.
fn durable(private: &Private, durable: &Durable, events: &[TokenStream]) -> TokenStream {
    let from = match durable.from {
        BeginsAt::Start => quote!(Start),
        BeginsAt::Now => quote!(Now),
    };
    let order = match &durable.order {
        Order::Stream => None,
        Order::Key(field) => Some(key(private, field, events)),
        Order::Global => Some(quote!(Global)),
        Order::None => Some(quote!(None)),
    };
    let on_exhausted = match durable.on_exhausted {
        OnExhausted::Park => None,
        OnExhausted::Continue => Some(quote!(Continue)),
        OnExhausted::Halt => Some(quote!(Halt)),
    };
    let fields: Vec<_> = [
        order.map(|order| quote!(order: #private::Order::#order)),
        on_exhausted.map(|on_exhausted| quote!(on_exhausted: #private::OnExhausted::#on_exhausted)),
        durable.partitions.map(|partitions| quote!(partitions: #partitions)),
        durable.concurrency.map(|concurrency| quote!(concurrency: #concurrency)),
        durable.batch.map(|batch| quote!(batch: ::core::option::Option::Some(#batch))),
        durable.version.map(|version| quote!(version: #version)),
        durable.renamed_from.as_ref().map(|old| quote!(renamed_from: ::core::option::Option::Some(#old))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let base = quote!(#private::DurableSpec::new(#private::BeginsAt::#from));
    let spec = if fields.is_empty() { base } else { quote!(#private::DurableSpec { #(#fields,)* ..#base }) };
    quote!(::core::option::Option::Some(#spec))
}

/// A function that finds the field's text in whichever of the events it is given. A field that isn't
/// there, or that has no text, is reported where it is named.
fn key(private: &Private, field: &Ident, events: &[TokenStream]) -> TokenStream {
    let at = private.at(field.span());
    let read = quote_spanned!(generated_at(field.span())=> |__event| #at::key_text(&__event.#field));
    let keys = events.iter().map(|event| quote!(#private::key::<#event>(__event, #read)));
    let first_of_them = keys.reduce(|keys, next| quote!(#keys.or_else(|| #next)));
    quote!(Key(|__event| #first_of_them))
}

/// `Some(RetryPolicy)`.
fn retry(private: &Private, retry: &Retry) -> TokenStream {
    let Retry { attempts, initial_delay, max_delay, factor, jitter } = retry;
    let duration = |milliseconds: &u64| quote!(::core::time::Duration::from_millis(#milliseconds));
    let rest = [
        initial_delay.as_ref().map(duration).map(|delay| quote!(.with_initial_delay(#delay))),
        max_delay.as_ref().map(duration).map(|delay| quote!(.with_max_delay(#delay))),
        factor.map(|factor| quote!(.with_factor(#factor))),
        jitter.map(|share| quote!(.with_jitter(#share))),
    ];
    let rest = rest.iter().flatten();
    quote!(::core::option::Option::Some(#private::RetryPolicy::new(#attempts) #(#rest)*))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use crate::event_handler::attribute;

    /// What is generated for a handler with these options.
    fn generated(options: &str) -> String {
        let item = quote!(
            fn pong(_: &Ping) {}
        );
        attribute(options.parse().unwrap(), item).to_string().replace(' ', "")
    }

    #[test]
    fn only_what_differs_from_the_default_is_written() {
        let plain = generated("durable(from = \"start\")");
        assert!(plain.contains("Some(__events::DurableSpec::new(__events::BeginsAt::Start))"), "{plain}");
        let same = generated("durable(from = \"start\", order = \"stream\", on_exhausted = \"park\")");
        assert_eq!(same, plain);
        let other = generated("durable(from = \"start\", partitions = 4)");
        assert!(other.contains("DurableSpec{partitions:4u32,..__events::DurableSpec::new("), "{other}");
    }

    #[test]
    fn a_policy_is_made_by_its_own_setters() {
        let policy = generated("retry(attempts = 3, max_delay = \"1m\", jitter = 1)");
        let delay = "::core::time::Duration::from_millis(60000u64)";
        let expected = format!("RetryPolicy::new(3u32).with_max_delay({delay}).with_jitter(1f64)");
        assert!(policy.contains(&expected), "{policy}");
    }

    #[test]
    fn options_that_are_half_typed_leave_the_item_alone() {
        for options in ["durable(", "durable(from", "durable(from =", "retry(attempts =", "durable(order = key("] {
            let closed = format!("{options}{}", ")".repeat(options.matches('(').count()));
            let generated = generated(&closed);
            assert!(generated.starts_with("fnpong(_:&Ping){}"), "{generated}");
            assert!(generated.contains("compile_error"), "{generated}");
        }
    }
}
