//! Coaching: sessions, each completed once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CoachingSessionCompleted, Insight, SessionId};
use crate::prelude::*;

/// The coaching of one user. Its stream is `nutrition.coaching/<user id>`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coaching {
    sessions: BTreeMap<SessionId, Vec<Insight>>,
}

impl Coaching {
    /// The most insights that one session may have.
    pub const MAX_INSIGHTS: usize = 20;

    /// What a session brought, if it has been completed.
    pub fn insights(&self, session_id: SessionId) -> Option<&[Insight]> {
        self.sessions.get(&session_id).map(Vec::as_slice)
    }

    /// How many sessions have been completed.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }
}

#[aggregate(name = "nutrition.coaching", snapshot_every = 100)]
impl Coaching {
    /// Completes a session. The same session with the same insights again gives no event.
    ///
    /// # Errors
    ///
    /// [`CoachingError::TooManyInsights`] over [`Coaching::MAX_INSIGHTS`],
    /// [`CoachingError::AlreadyCompleted`], if the session has been completed with other insights.
    pub fn complete_session(
        coaching: &AggregateRoot<Coaching>,
        session_id: SessionId,
        insights: Vec<Insight>,
    ) -> Result<Option<CoachingSessionCompleted>, CoachingError> {
        if insights.len() > Self::MAX_INSIGHTS {
            return Err(CoachingError::TooManyInsights { refused: insights.len() });
        }
        match coaching.insights(session_id) {
            Some(known) if known == insights => Ok(None),
            Some(_) => Err(CoachingError::AlreadyCompleted { refused: session_id }),
            None => Ok(Some(CoachingSessionCompleted { user_id: *coaching.id(), session_id, insights })),
        }
    }

    #[when]
    fn completed(&mut self, event: &CoachingSessionCompleted) {
        self.sessions.insert(event.session_id, event.insights.clone());
    }
}

/// Why a session was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoachingError {
    /// More insights than anybody takes away from a session.
    #[error("{refused} insights are too many, the limit is {}", Coaching::MAX_INSIGHTS)]
    TooManyInsights {
        /// How many there were.
        refused: usize,
    },
    /// The session has been completed, with other insights.
    #[error("session {refused} has been completed with other insights")]
    AlreadyCompleted {
        /// The session that was refused.
        refused: SessionId,
    },
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::nutrition::{InsightTopic, UserId};
    use crate::testing::given;

    fn ada() -> UserId {
        Uuid::from_u128(1).into()
    }

    fn session() -> SessionId {
        Uuid::from_u128(2).into()
    }

    fn insights(count: usize) -> Vec<Insight> {
        vec![Insight::new(InsightTopic::Sleep, "eight hours").unwrap(); count]
    }

    fn completed(count: usize) -> CoachingSessionCompleted {
        CoachingSessionCompleted { user_id: ada(), session_id: session(), insights: insights(count) }
    }

    fn complete(count: usize) -> impl Fn(&AggregateRoot<Coaching>) -> Completed {
        move |root| Coaching::complete_session(root, session(), insights(count))
    }

    type Completed = Result<Option<CoachingSessionCompleted>, CoachingError>;

    #[test]
    fn a_session_is_completed_once() {
        given::<Coaching>(ada(), ()).when(complete(2)).then(completed(2));
        given::<Coaching>(ada(), completed(2)).when(complete(2)).then_nothing();
        given::<Coaching>(ada(), completed(2))
            .when(complete(3))
            .then_error(CoachingError::AlreadyCompleted { refused: session() });
    }

    #[test]
    fn twenty_insights_are_enough_and_none_is_fine() {
        given::<Coaching>(ada(), ()).when(complete(0)).then(completed(0));
        given::<Coaching>(ada(), ()).when(complete(20)).then(completed(20));
        given::<Coaching>(ada(), ()).when(complete(21)).then_error(CoachingError::TooManyInsights { refused: 21 });
    }
}
