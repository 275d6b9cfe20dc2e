//! When a failed handler is called again.

use std::time::Duration;

use super::{Class, HandlerError};

/// How often and after which delays a failed handler is called again.
///
/// The delay doubles (by default) from `initial_delay` up to `max_delay`; jitter only extends it,
/// so that no attempt comes earlier than said. An error that knows when to come back
/// ([`HandlerError::retry_after`]) makes a delay longer, never shorter.
///
/// ```
/// use events::RetryPolicy;
/// use std::time::Duration;
///
/// let policy = RetryPolicy::new(4).with_initial_delay(Duration::from_millis(100)).with_jitter(0.0);
/// assert_eq!(policy.delay(1), Duration::from_millis(100));
/// assert_eq!(policy.delay(3), Duration::from_millis(400));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    initial_delay: Duration,
    max_delay: Duration,
    factor: f64,
    jitter: f64,
}

impl Default for RetryPolicy {
    /// Eight attempts, from 200 ms up to a minute, doubling, with up to a fifth of jitter.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl RetryPolicy {
    /// What [`default`](Self::default) answers with.
    pub(crate) const DEFAULT: Self = Self {
        attempts: 8,
        initial_delay: Duration::from_millis(200),
        max_delay: Duration::from_secs(60),
        factor: 2.0,
        jitter: 0.2,
    };

    /// As many attempts in all, the first one included; at least one.
    pub const fn new(attempts: u32) -> Self {
        let attempts = if attempts == 0 { 1 } else { attempts };
        Self { attempts, ..Self::DEFAULT }
    }

    /// No second attempt.
    pub const fn never() -> Self {
        Self::new(1)
    }

    /// The delay before the second attempt.
    pub const fn with_initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay;
        self
    }

    /// The longest delay; jitter, and what an error asks for, are not counted.
    pub const fn with_max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// By how much each delay is longer than the one before; less than 1 counts as 1.
    pub const fn with_factor(mut self, factor: f64) -> Self {
        self.factor = if factor.is_finite() { factor.max(1.0) } else { 1.0 };
        self
    }

    /// The largest share of a delay that chance may add; cut to between 0 and 1.
    pub const fn with_jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self
    }

    /// How many attempts there are in all.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The delay after the failed attempt of that number (from 1), without jitter.
    #[must_use]
    pub fn delay(&self, attempt: u32) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        // A bounded factor, because nothing times infinity is no number.
        let seconds = self.initial_delay.as_secs_f64() * self.factor.powi(exponent).min(f64::MAX);
        // Infinity fails here, as does everything that is too long.
        let delay = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        delay.min(self.max_delay)
    }

    /// The delay with jitter, `chance` being between 0 and 1, and never less than the error asks for.
    pub(crate) fn delay_for(&self, attempt: u32, error: Option<Duration>, chance: f64) -> Duration {
        let delay = self.delay(attempt);
        let extra = delay.as_secs_f64() * self.jitter * chance.clamp(0.0, 1.0);
        let extra = Duration::try_from_secs_f64(extra).unwrap_or(delay).min(delay);
        delay.saturating_add(extra).max(error.unwrap_or_default())
    }

    /// Whether the failed attempt of that number was the last.
    #[must_use]
    pub fn is_exhausted(&self, attempt: u32, class: Class) -> bool {
        !class.is_retryable() || attempt >= self.attempts
    }

    /// When to try again after a failure, or `None` when it was the last attempt.
    pub(crate) fn next(&self, attempt: u32, error: &HandlerError) -> Option<Duration> {
        if self.is_exhausted(attempt, error.class()) {
            return None;
        }
        Some(self.delay_for(attempt, error.delay(), chance()))
    }
}

/// A number between 0 and 1; its only use is to spread retries.
fn chance() -> f64 {
    let id = crate::id::EventId::now().as_uuid().as_u128();
    f64::from(u32::try_from(id & 0xffff_ffff).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_never_overflow() {
        let policy = RetryPolicy::default().with_initial_delay(Duration::MAX).with_max_delay(Duration::MAX);
        assert_eq!(policy.delay_for(u32::MAX, None, 1.0), Duration::MAX);
        assert_eq!(RetryPolicy::default().delay(u32::MAX), Duration::from_secs(60));
        assert_eq!(policy.with_jitter(1.0).delay_for(1, None, 1.0), Duration::MAX);
        assert_eq!(RetryPolicy::default().with_initial_delay(Duration::ZERO).delay(u32::MAX), Duration::ZERO);
    }

    #[test]
    fn jitter_only_extends() {
        let policy = RetryPolicy::default();
        for attempt in 1..20 {
            assert!(policy.delay_for(attempt, None, 0.0) == policy.delay(attempt));
            assert!(policy.delay_for(attempt, None, 1.0) > policy.delay(attempt));
        }
    }

    #[test]
    fn the_error_s_delay_is_a_least_one() {
        let policy = RetryPolicy::default();
        let hour = Duration::from_secs(3_600);
        assert_eq!(policy.delay_for(1, Some(hour), 0.0), hour);
        assert_eq!(policy.delay_for(1, Some(Duration::ZERO), 0.0), policy.delay(1));
    }
}
