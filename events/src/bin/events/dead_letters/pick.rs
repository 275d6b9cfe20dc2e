//! From what was typed to the letters it means.

use events::DeadLetterQueue;
use events::store::LetterQuery;

use super::args::Filter;
use crate::failure::Failure;

/// How many hexadecimal digits a group's whole name has.
const WHOLE: usize = 16;

/// The query that a filter means.
pub(super) async fn query(queue: &DeadLetterQueue, filter: &Filter) -> Result<LetterQuery, Failure> {
    let mut query = filter.status.iter().fold(LetterQuery::new(), |query, status| query.status(*status));
    if let Some(handler) = &filter.handler {
        query = query.handler(handler.as_str());
    }
    if let Some(event) = &filter.event {
        query = query.event(event.as_str());
    }
    if let Some(class) = filter.class {
        query = query.class(class);
    }
    if let Some(group) = &filter.group {
        query = query.fingerprint(fingerprint(queue, group).await?);
    }
    Ok(query)
}

/// The group whose name begins so.
async fn fingerprint(queue: &DeadLetterQueue, group: &str) -> Result<u64, Failure> {
    if group.is_empty() || group.len() > WHOLE || !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::refused(format!("`{group}` isn't the name of a group: `dead-letters groups` shows them")));
    }
    let group = group.to_ascii_lowercase();
    let groups = queue.groups(LetterQuery::new()).await?;
    let mut found = groups.iter().map(|known| known.fingerprint).filter(|known| name(*known).starts_with(&group));
    match (found.next(), found.next()) {
        (Some(fingerprint), None) => Ok(fingerprint),
        (None, _) => Err(Failure::refused(format!("there is no group `{group}`: `dead-letters groups` shows them"))),
        (Some(one), Some(other)) => {
            let (one, other) = (name(one), name(other));
            Err(Failure::refused(format!("more than one group begins with `{group}`, such as {one} and {other}")))
        }
    }
}

/// A group's whole name.
pub(super) fn name(fingerprint: u64) -> String {
    format!("{fingerprint:0WHOLE$x}")
}
