//! Everything outside, each behind one trait.
