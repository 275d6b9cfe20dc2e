//! What handlers on several threads may look at.

/// A value that several threads may use at once: `Send + Sync + 'static`. Every such type is one.
///
/// Events, the states of aggregates and the values given to `.state(…)` have to be.
///
/// ```
/// use events::event::Shareable;
/// use std::sync::atomic::AtomicU32;
///
/// fn share<T: Shareable>(_: T) {}
///
/// share(AtomicU32::new(0));
/// share(String::from("text"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be shared between threads, as events, aggregates and states of handlers are",
    label = "not `Send + Sync + 'static`",
    note = "something in it belongs to one thread or is borrowed: take `Arc` for `Rc`, a `Mutex`, an `RwLock` or an atomic for `Cell` and `RefCell`, `Box<dyn Trait + Send + Sync>` for `Box<dyn Trait>`"
)]
pub trait Shareable: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shareable for T {}
