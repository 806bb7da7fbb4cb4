//! Where: which commune a point lies in, and the commune people mean when they type a name.

mod areas;
mod boundaries;
mod bytes;
mod grid;
mod picker;
mod shapes;
#[cfg(test)]
mod tests;

pub use areas::{Areas, How, Location, NEAR_METRES};
pub use boundaries::{Boundaries, BoundaryError, LARGEST_FILE};
pub use picker::{CommunePicker, MOST_MATCHES, Match};
pub use shapes::{Corners, Shape};
