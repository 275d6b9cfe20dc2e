//! The former names of durable handlers: what the store keeps under one goes to one handler.

use std::collections::HashMap;

use super::Problem;
use crate::handler::HandlerRegistration;

/// Looks for handlers that would take over what belongs to another.
pub(super) fn check_former_names(handlers: &[&'static HandlerRegistration], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &HandlerRegistration> = HashMap::new();
    for handler in handlers {
        let Some(former) = handler.durable().and_then(|durable| durable.renamed_from) else { continue };
        if handlers.iter().any(|other| other.name() == former) {
            let (handler, location) = (handler.name(), handler.location());
            problems.push(Problem::FormerNameInUse { handler, former, location });
        }
        if let Some(first) = seen.insert(former, handler)
            && first.name() != handler.name()
        {
            let (first, second) = (first.location(), handler.location());
            problems.push(Problem::DuplicateFormerName { former, first, second });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SourceLocation;
    use crate::handler::{BeginsAt, Call, DurableSpec, EventSelector, HandlerSpec};

    const fn handler(name: &'static str, line: u32, renamed_from: Option<&'static str>) -> HandlerRegistration {
        HandlerRegistration::new(HandlerSpec {
            name,
            events: EventSelector::All,
            call: Call::Sync(|_| Ok(())),
            priority: 0,
            timeout: None,
            durable: Some(DurableSpec { renamed_from, ..DurableSpec::new(BeginsAt::Now) }),
            retry: None,
            requires: &[],
            location: SourceLocation::new("shop", name, "shop.rs", line),
        })
    }

    static WELCOME: HandlerRegistration = handler("welcome", 1, Some("greet"));
    static GREET: HandlerRegistration = handler("greet", 2, None);
    static HELLO: HandlerRegistration = handler("hello", 3, Some("greet"));

    fn problems(handlers: &[&'static HandlerRegistration]) -> Vec<Problem> {
        let mut problems = Vec::new();
        check_former_names(handlers, &mut problems);
        problems
    }

    #[test]
    fn a_former_name_belongs_to_one_handler() {
        assert_eq!(problems(&[&WELCOME]), []);
        let (first, second) = (WELCOME.location(), HELLO.location());
        assert_eq!(problems(&[&WELCOME, &HELLO]), [Problem::DuplicateFormerName { former: "greet", first, second }]);
    }

    #[test]
    fn a_former_name_is_no_handler_s_name() {
        let location = WELCOME.location();
        let in_use = Problem::FormerNameInUse { handler: "welcome", former: "greet", location };
        assert_eq!(problems(&[&GREET, &WELCOME]), [in_use]);
    }

    #[test]
    fn a_handler_that_is_linked_twice_has_one_former_name() {
        assert_eq!(problems(&[&WELCOME, &WELCOME]), []);
    }
}
