//! Whether data of one shape can be read as another.

use std::collections::{BTreeMap, BTreeSet};

use super::change::LockChange;
use super::fact::parent_of;
use crate::event::shape::Fact;

/// The parts of a shape, by their paths.
type Parts = BTreeMap<String, Fact>;

/// Compares the parts of an event.
pub(super) fn compare(subject: &str, before: &Parts, after: &Parts, changes: &mut Vec<LockChange>) {
    let mut comparison = Comparison { subject, before: renamed(before, after), after, reported: BTreeSet::new() };
    changes.extend(comparison.changed());
    changes.extend(comparison.added());
}

/// The stored parts under the names that they have now, where both are read.
fn renamed(before: &Parts, after: &Parts) -> Parts {
    let mut parts = before.clone();
    for (alias, target) in after.values().filter_map(|fact| Some((&fact.path, fact.alias_of()?))) {
        let inside = |path: &str| {
            let rest = path.strip_prefix(alias.as_str())?;
            (rest.is_empty() || rest.starts_with(['.', '[', '{', '='])).then(|| format!("{target}{rest}"))
        };
        let stored = parts.iter().filter(|(_, fact)| fact.alias_of().is_none());
        let moved: Vec<_> = stored.filter_map(|(path, _)| Some((path.clone(), inside(path)?))).collect();
        for (old, new) in moved {
            if let Some(fact) = parts.remove(&old) {
                parts.insert(new.clone(), Fact { path: new, ..fact });
            }
        }
    }
    parts
}

struct Comparison<'a> {
    subject: &'a str,
    before: Parts,
    after: &'a Parts,
    /// What something was said about; what is inside of it is no news then.
    reported: BTreeSet<String>,
}

impl Comparison<'_> {
    /// What has become of the stored parts.
    fn changed(&mut self) -> Vec<LockChange> {
        let mut changes = Vec::new();
        for (path, was) in self.before.clone() {
            if self.is_inside_of_reported(&path) {
                continue;
            }
            let change = match self.after.get(&path) {
                None => Some(self.gone(&was)),
                Some(is) if is.what == was.what && is.optional == was.optional => None,
                Some(is) => Some(self.other(&was, is)),
            };
            if change.as_ref().is_some_and(LockChange::is_breaking) {
                self.reported.insert(path);
            }
            changes.extend(change);
        }
        changes
    }

    fn gone(&mut self, was: &Fact) -> LockChange {
        let change = LockChange::new(self.subject).was(was);
        if was.alias_of().is_some() {
            return change.breaks("is no longer read under this name, which stored events may have: keep `alias`");
        }
        let own = own_part(&was.path);
        let Some(new) = self.new_name(was) else {
            return change.breaks(match own.starts_with('=') {
                true => "is gone: stored events may have it, and could not be read",
                false => "is gone: stored events have it",
            });
        };
        let stored = own.trim_start_matches(['.', '=']);
        let why = format!(
            "is gone, and the other is new: if that is its new name, keep the stored one with `#[serde(rename = \"{stored}\")]`, or read both with `#[serde(alias = \"{stored}\")]`"
        );
        let change = change.is(new).breaks(why);
        let new = new.path.clone();
        self.reported.insert(new);
        change
    }

    /// A new part at the same place that is the same thing.
    fn new_name(&self, was: &Fact) -> Option<&'_ Fact> {
        let is_free = |fact: &&Fact| !self.before.contains_key(&fact.path) && !self.reported.contains(&fact.path);
        let mut candidates = self.after.values().filter(is_free);
        let kind = |path: &str| own_part(path).starts_with('=');
        candidates.find(|fact| {
            parent_of(&fact.path) == parent_of(&was.path)
                && kind(&fact.path) == kind(&was.path)
                && fact.what == was.what
        })
    }

    /// A part that is still there, and isn't the same.
    fn other(&self, was: &Fact, is: &Fact) -> LockChange {
        let change = LockChange::new(self.subject).was(was).is(is);
        if was.alias_of().is_some() {
            return change;
        }
        if is.what != was.what && is.what.strip_suffix(" or null") != Some(&was.what) {
            let is_opaque = [was, is].iter().any(|fact| fact.what.starts_with("opaque "));
            let opaque = if is_opaque { "; whether an opaque one still reads the same can't be told" } else { "" };
            return change.breaks(format!("is something else: stored events have the former{opaque}"));
        }
        if was.optional && !is.optional {
            return change.breaks("has to be there, and may be missing in stored events: give it `#[serde(default)]`");
        }
        change
    }

    /// What stored events don't have.
    fn added(&self) -> Vec<LockChange> {
        let mut changes = Vec::new();
        for (path, is) in self.after {
            let parent = parent_of(path);
            let is_in_new = !parent.is_empty() && !self.before.contains_key(parent);
            let is_known = self.before.contains_key(path) || self.reported.contains(path);
            if is_known || is_in_new || self.is_inside_of_reported(path) {
                continue;
            }
            let change = LockChange::new(self.subject).is(is);
            let may_be_missing = is.optional || is.alias_of().is_some() || !is_field(path);
            changes.push(match may_be_missing {
                true => change,
                false => {
                    change.breaks("stored events don't have it: give it `#[serde(default)]`, or make it an `Option`")
                }
            });
        }
        changes
    }

    fn is_inside_of_reported(&self, path: &str) -> bool {
        let outer =
            std::iter::successors(Some(parent_of(path)), |path| Some(parent_of(path)).filter(|_| !path.is_empty()));
        outer.take_while(|path| !path.is_empty()).any(|path| self.reported.contains(path))
    }
}

/// Whether the last part of the path is a field: one that an object, or a tuple, has to have.
fn is_field(path: &str) -> bool {
    let own = own_part(path);
    !own.starts_with(['[', '{', '=']) && !own.trim_start_matches('.').starts_with('*')
}

/// The last part of a path, with the sign that says what it is.
fn own_part(path: &str) -> &str {
    path.get(parent_of(path).len()..).unwrap_or(path)
}
