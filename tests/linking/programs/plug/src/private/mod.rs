//! Not to be named from outside.

mod deep;
