//! Numbers that look random and follow from a seed, so that a run can be repeated.

use std::time::SystemTime;

/// A generator of the SplitMix64 kind.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator for that place in a run: other parts, other numbers.
    #[must_use]
    pub fn of(parts: &[u64]) -> Self {
        let mut random = Self(0);
        for part in parts {
            random.0 ^= *part;
            random.0 = random.next();
        }
        random
    }

    /// A seed that is short enough to be typed, and differs from run to run.
    #[must_use]
    pub fn seed() -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self::of(&[u64::from(since.subsec_nanos()), since.as_secs()]).below(1_000_000)
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it is no iterator that one would loop over")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 if there is none.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Yes, in that many of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let draw = |parts: &[u64]| {
            let mut random = Random::of(parts);
            [random.next(), random.next(), random.below(10)]
        };
        assert_eq!(draw(&[7, 1]), draw(&[7, 1]));
        assert_ne!(draw(&[7, 1]), draw(&[1, 7]));
        assert_ne!(draw(&[7]), draw(&[7, 0]));
    }

    #[test]
    fn numbers_keep_their_bounds_and_reach_them() {
        let mut random = Random::of(&[1]);
        let drawn: std::collections::BTreeSet<_> = (0..1_000).map(|_| random.between(3, 7)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert_eq!(random.below(0), 0);
        assert_eq!((0..1_000).filter(|_| random.percent(0)).count(), 0);
        assert_eq!((0..1_000).filter(|_| random.percent(100)).count(), 1_000);
    }
}
