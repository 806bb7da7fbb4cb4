//! Verified persons (xác thực thông tin cá nhân, A7): what a card says, and what the population registry says to it.

pub mod registry;
