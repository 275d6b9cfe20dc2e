//! What the programs and tests of the workspace share. They are in the folders beside this one.

pub mod child;
pub mod postgres;
pub mod random;
