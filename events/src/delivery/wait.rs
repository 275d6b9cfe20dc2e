//! Waiting for the first of several reasons to go on.

use std::future::poll_fn;
use std::task::Poll;

use crate::handler::BoxFuture;

/// Waits until one of the futures is ready. All of them are polled each time, so that none waits for
/// another reason to wake it.
pub(crate) async fn any_of(mut reasons: Vec<BoxFuture<'_, ()>>) {
    poll_fn(|cx| {
        let mut ready = false;
        for reason in &mut reasons {
            ready |= reason.as_mut().poll(cx).is_ready();
        }
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
