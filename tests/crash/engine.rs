//! The store under test, as the one sees it who kills and looks.

use anyhow::Result;
use events::EventStore;
use events_tests::random::Random;

/// What is killed. The child always is, in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// Only whoever writes.
    Child,
    /// The server, while the child goes on: it has to find its way back.
    Server,
    /// The server, and the child before the server is back.
    Both,
    /// Nothing but the child; the server is stopped with care and started again in the middle.
    Restart,
}

/// Where a child works, and what is done to it.
pub(crate) trait Engine {
    /// What the child opens: a path, or an address.
    fn place(&self) -> String;

    /// Goes on with an empty store, and leaves the old one behind.
    async fn renew(&mut self) -> Result<()>;

    /// What to kill next. Where there is no server, that is the child.
    fn next_blow(&self, _: &mut Random) -> Blow {
        Blow::Child
    }

    fn kill_server(&mut self) -> Result<()> {
        Ok(())
    }

    fn stop_server(&mut self) -> Result<()> {
        Ok(())
    }

    fn resume_server(&mut self) -> Result<()> {
        Ok(())
    }

    /// Opens what a crash has left.
    async fn reopen(&mut self) -> Result<EventStore>;

    /// Doesn't remove what is there, and says where it is, if it is of use to anybody.
    fn keep(&mut self) -> Option<String>;

    /// Looks at the tables themselves, and says what is wrong with them.
    async fn inspect(&self) -> Result<Vec<String>>;
}
