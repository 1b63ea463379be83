//! Chance that is the same on every machine: splitmix64 (Steele, Lea, Flood 2014).

/// A generator.
pub(crate) struct Random(u64);

impl Random {
    /// One per seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let drawn = (u128::from(self.next()) * end as u128) >> 64;
        usize::try_from(drawn).unwrap_or(0)
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Whether something happens that happens with this probability. 53 bits, as many as a double holds exactly.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        let drawn = self.next() >> 11;
        (drawn as f64) < probability * (1u64 << 53) as f64
    }

    /// One of some things, or a default where there is none.
    pub(crate) fn pick<T: Clone + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len());
        items.get(at).cloned().unwrap_or_default()
    }

    /// Some things, each at most once, in their order.
    pub(crate) fn sample<T: Clone>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = items.len();
        let mut wanted = count.min(left);
        let mut chosen = Vec::with_capacity(wanted);
        for item in items {
            if self.below(left) < wanted {
                chosen.push(item.clone());
                wanted -= 1;
            }
            left -= 1;
        }
        chosen
    }
}
