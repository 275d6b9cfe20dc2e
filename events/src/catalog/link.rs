//! Naming a crate, so that the linker keeps it.

/// What to do when a handler is missing; part of every message about that.
#[cfg(feature = "inventory")]
pub(crate) const CURE: &str = "the linker leaves out a crate that the program never names, so name it with `events::link!(the_crate)`, or its handlers with `handlers![…]`";

/// What to do when a handler is missing; part of every message about that.
#[cfg(not(feature = "inventory"))]
pub(crate) const CURE: &str =
    "without the feature `inventory` nothing registers itself, so name the handlers with `handlers![…]`";

/// Makes the linker keep crates, and what they register with them.
///
/// A crate that stands in `Cargo.toml` and is never named in the code is left out of the program:
/// its events, aggregates and handlers are missing, and no compiler or linker says so. The same
/// holds for a package's own library that its `main.rs` never names, and for an integration test.
/// So name each crate that has handlers once, in the program or the test itself:
///
/// ```text
/// events::link!(billing, shipping);
/// ```
///
/// All modules of such a crate are kept, private ones too. The [`catalog`](crate::catalog()) lists
/// the crates, with what each of them has registered:
///
/// ```
/// events::link!(uuid);
///
/// assert!(events::catalog().to_string().contains("uuid  registers nothing"));
/// ```
///
/// The names are those of libraries, as in `use`; a package `my-billing` is `my_billing`.
/// [`handlers!`](crate::handlers) keeps the crates of the handlers that it names, too.
///
/// Without the feature `inventory` nothing registers itself, and naming a crate would be in vain:
/// then `link!` is an error that says so.
#[macro_export]
macro_rules! link {
    ($($name:ident),+ $(,)?) => {
        $(
            extern crate $name as _;
            $crate::__private::submit_link!($name);
        )+
    };
    ($($other:tt)*) => {
        ::core::compile_error!("`link!` takes the names of crates: `events::link!(billing, shipping);`");
    };
}
