//! Names: of events, aggregates, handlers, and of who acts for whom.

use crate::text::Text;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// A name from a literal; allocates nothing.
            #[must_use]
            pub const fn from_static(name: &'static str) -> Self {
                Self(Text::Static(name))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name.into())
            }
        }

        impl From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

name! {
    /// The stable name of an event type, such as `user_registered`.
    ///
    /// ```
    /// use events::EventName;
    ///
    /// const NAME: EventName = EventName::from_static("user_registered");
    /// assert_eq!(NAME, EventName::from("user_registered"));
    /// ```
    EventName
}

name! {
    /// The name of a kind of aggregate, such as `user`; the first half of a [`StreamId`](crate::StreamId).
    ///
    /// ```
    /// use events::AggregateName;
    ///
    /// assert_eq!(AggregateName::from("user").as_str(), "user");
    /// ```
    AggregateName
}

name! {
    /// The name of a handler: the function's name, or `Type.method`.
    ///
    /// A handler's letters in the store are found by it, so that of an annotated handler doesn't
    /// contain the module path: moving a function must not orphan what it has left to do. What is
    /// subscribed at run time has the name of its Rust type, path included.
    ///
    /// ```
    /// use events::HandlerName;
    ///
    /// assert_eq!(HandlerName::from("Auditor.paid").to_string(), "Auditor.paid");
    /// ```
    HandlerName
}

name! {
    /// Who caused an event: a user, a service, a job.
    ///
    /// ```
    /// use events::Actor;
    ///
    /// assert_eq!(Actor::from("ada"), "ada");
    /// ```
    Actor
}

name! {
    /// The customer on whose behalf an event happened, in a system that serves many.
    ///
    /// ```
    /// use events::Tenant;
    ///
    /// assert_eq!(Tenant::from("acme"), "acme");
    /// ```
    Tenant
}

name! {
    /// A process that runs handlers; the owner of leases.
    ///
    /// ```
    /// use events::ProcessId;
    ///
    /// assert_eq!(ProcessId::from("web-1").as_str(), "web-1");
    /// ```
    ProcessId
}
