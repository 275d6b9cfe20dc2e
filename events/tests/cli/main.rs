//! The operator's tool, as an operator runs it: a program beside those that work on the store.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod place;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod shop;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod terminal;
