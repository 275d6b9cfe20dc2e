//! The tests of the workspace that need more than one crate. See the folders beside this one.
