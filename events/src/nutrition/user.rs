//! The user: an account, and what its owner aims at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Email, GoalTarget, GoalType, ImplausibleGoal, NutritionGoalSet, UserRegistered};
use crate::prelude::*;

/// A person with an account. Its stream is `nutrition.user/<user id>`.
///
/// Registered once, and before anything else. That no two users share an address is the rule of
/// [`EmailClaim`](super::EmailClaim); append both answers in one commit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    email: Option<Email>,
    goals: BTreeMap<GoalType, GoalTarget>,
}

impl User {
    /// The address they registered with; `None` before that.
    pub fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    /// The target of a goal, if they have set one.
    pub fn goal(&self, goal_type: GoalType) -> Option<GoalTarget> {
        self.goals.get(&goal_type).copied()
    }

    /// All goals with their targets.
    pub fn goals(&self) -> impl Iterator<Item = (GoalType, GoalTarget)> {
        self.goals.iter().map(|(goal_type, target)| (*goal_type, *target))
    }
}

#[aggregate(name = "nutrition.user", snapshot_every = 100)]
impl User {
    /// Registers the user under an address, now. The same address again gives no event.
    ///
    /// # Errors
    ///
    /// [`UserError::AlreadyRegistered`], if they are registered under another address.
    pub fn register(user: &AggregateRoot<User>, email: Email) -> Result<Option<UserRegistered>, UserError> {
        match &user.email {
            Some(known) if *known == email => Ok(None),
            Some(_) => Err(UserError::AlreadyRegistered { refused: email }),
            None => Ok(Some(UserRegistered { user_id: *user.id(), email, timestamp: user.now() })),
        }
    }

    /// Sets a goal, or changes its target. The same target again gives no event.
    ///
    /// # Errors
    ///
    /// [`UserError::NotRegistered`] before the registration, [`UserError::Implausible`] if the target
    /// is outside the goal's range.
    pub fn set_goal(
        user: &AggregateRoot<User>,
        goal_type: GoalType,
        target_value: GoalTarget,
    ) -> Result<Option<NutritionGoalSet>, UserError> {
        if user.email.is_none() {
            return Err(UserError::NotRegistered);
        }
        goal_type.check(target_value).map_err(UserError::Implausible)?;
        let is_new = user.goal(goal_type) != Some(target_value);
        Ok(is_new.then(|| NutritionGoalSet { user_id: *user.id(), goal_type, target_value }))
    }

    #[when]
    fn registered(&mut self, event: &UserRegistered) {
        self.email = Some(event.email.clone());
    }

    #[when]
    fn goal_set(&mut self, event: &NutritionGoalSet) {
        self.goals.insert(event.goal_type, event.target_value);
    }
}

/// Why a command of a [`User`] was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// They are registered under another address.
    #[error("the user is registered under another e-mail address")]
    AlreadyRegistered {
        /// The address that was refused.
        refused: Email,
    },
    /// They are not registered yet.
    #[error("the user is not registered")]
    NotRegistered,
    /// Nobody means such a target.
    #[error("the goal was refused")]
    Implausible(#[source] ImplausibleGoal),
}
