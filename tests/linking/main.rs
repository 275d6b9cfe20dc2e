//! What is registered at link time, and what isn't: small programs in `programs`, one for each way
//! in which a crate comes into a program, each built in several ways.
//!
//! The test prints a table of what was found. Its first run builds the programs' dependencies, once
//! for debug and once for release builds.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod programs;
