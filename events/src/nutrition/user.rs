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

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::nutrition::UserId;
    use crate::testing::given;

    fn ada() -> UserId {
        Uuid::from_u128(1).into()
    }

    fn email(text: &str) -> Email {
        Email::new(text).unwrap()
    }

    fn registered() -> UserRegistered {
        let timestamp = "2026-10-26T08:00:00Z".parse().unwrap();
        UserRegistered { user_id: ada(), email: email("ada@example.com"), timestamp }
    }

    fn goal(kcal: u32) -> NutritionGoalSet {
        NutritionGoalSet { user_id: ada(), goal_type: GoalType::DailyEnergy, target_value: kcal.into() }
    }

    #[test]
    fn a_user_registers_once_and_now() {
        let at = registered().timestamp;
        given::<User>(ada(), ()).at(at).when(|user| User::register(user, email("Ada@Example.com"))).then(registered());
        given::<User>(ada(), registered()).when(|user| User::register(user, email("ada@example.com"))).then_nothing();
        let refused = email("other@example.com");
        given::<User>(ada(), registered())
            .when(|user| User::register(user, refused.clone()))
            .then_error(UserError::AlreadyRegistered { refused: refused.clone() });
    }

    #[test]
    fn the_registration_comes_before_any_goal() {
        given::<User>(ada(), ())
            .when(|user| User::set_goal(user, GoalType::DailyEnergy, 2_000.into()))
            .then_error(UserError::NotRegistered);
    }

    #[test]
    fn a_goal_is_an_event_when_it_changes_something() {
        let set =
            |kcal: u32| move |user: &AggregateRoot<User>| User::set_goal(user, GoalType::DailyEnergy, kcal.into());
        given::<User>(ada(), registered()).when(set(2_000)).then(goal(2_000));
        given::<User>(ada(), (registered(), goal(2_000))).when(set(2_000)).then_nothing();
        given::<User>(ada(), (registered(), goal(2_000))).when(set(1_800)).then(goal(1_800));
        given::<User>(ada(), (registered(), goal(2_000), goal(1_800))).when(set(2_000)).then(goal(2_000));
    }

    #[test]
    fn a_goal_must_be_plausible() {
        let refused = GoalType::DailyEnergy.target(20).unwrap_err();
        given::<User>(ada(), registered())
            .when(|user| User::set_goal(user, GoalType::DailyEnergy, 20.into()))
            .then_error(UserError::Implausible(refused));
    }
}
