//! Chance that repeats: the same seed gives the same people, reports and pictures.

use base::clock::Entropy;

/// Throws the same for the same seed.
pub struct Dice(Entropy);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Entropy::seeded(seed))
    }

    /// From 0 to `below` − 1; 0 when `below` is 0.
    pub fn below(&self, below: usize) -> usize {
        self.0.below(below as u64) as usize
    }

    /// From `from` to `to`, both included.
    pub fn whole(&self, from: i64, to: i64) -> i64 {
        from + self.0.below((to - from).max(0) as u64 + 1) as i64
    }

    pub fn between(&self, from: f32, to: f32) -> f32 {
        from + (to - from) * (self.0.below(1 << 20) as f32 / (1u32 << 20) as f32)
    }

    /// True in `percent` of 100 throws.
    pub fn chance(&self, percent: u64) -> bool {
        self.0.below(100) < percent
    }

    /// `None` of an empty list.
    pub fn pick<'a, T>(&self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    pub fn shuffle<T>(&self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}
