//! What a child says on its output, a line for each thing.

use std::fmt;
use std::io::{self, Write as _};
use std::str::FromStr;

use anyhow::{Context as _, bail};
use events::store::{AppendStatus, Appended};

use crate::plan::Key;

/// Where an event is: its position in the log, and its version in its stream.
pub(crate) type Place = (u64, u64);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// The store is open.
    Ready,
    /// From here on the commit may be there.
    Try(Key),
    /// The store has acknowledged the commit, and said where its events are.
    Answer(Key, AppendStatus, Vec<Place>),
    /// The commit is said to be acknowledged, and the store hasn't even been asked.
    Early(Key),
    /// The store has failed; the commit may be there.
    Failed(Key, String),
    /// The store has refused what it should have taken.
    Wrong(Key, String),
}

impl Line {
    pub(crate) fn answer(key: Key, appended: &Appended) -> Self {
        let place = |at: &events::event::Recording| (at.position.value(), at.version.value());
        Self::Answer(key, appended.status(), appended.recordings().iter().map(place).collect())
    }
}

/// Prints a line, whole: it is for a process that may read it after this one is dead.
pub(crate) fn say(line: &Line) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes())?;
    output.flush()
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Try(key) => write!(f, "try {key}"),
            Self::Answer(key, status, places) => {
                let duplicate = *status == AppendStatus::Duplicate;
                write!(f, "{} {key}", if duplicate { "duplicate" } else { "committed" })?;
                places.iter().try_for_each(|(position, version)| write!(f, " {position}:{version}"))
            }
            Self::Early(key) => write!(f, "early {key}"),
            Self::Failed(key, error) => write!(f, "failed {key} {error:?}"),
            Self::Wrong(key, error) => write!(f, "wrong {key} {error:?}"),
        }
    }
}

impl FromStr for Line {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (key, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let key = || key.parse::<Key>().with_context(|| format!("the child has said `{text}`"));
        Ok(match word {
            "ready" => Self::Ready,
            "try" => Self::Try(key()?),
            "committed" => Self::Answer(key()?, AppendStatus::Committed, places(rest)?),
            "duplicate" => Self::Answer(key()?, AppendStatus::Duplicate, places(rest)?),
            "early" => Self::Early(key()?),
            "failed" => Self::Failed(key()?, rest.to_owned()),
            "wrong" => Self::Wrong(key()?, rest.to_owned()),
            _ => bail!("the child has said `{text}`"),
        })
    }
}

fn places(text: &str) -> anyhow::Result<Vec<Place>> {
    let place = |word: &str| {
        let (position, version) = word.split_once(':').with_context(|| format!("`{word}` is no place"))?;
        Ok((position.parse()?, version.parse()?))
    };
    text.split_whitespace().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written() {
        let key = Key { round: 1, writer: 2, number: 3 };
        let lines = [
            Line::Ready,
            Line::Try(key),
            Line::Answer(key, AppendStatus::Committed, vec![(4, 1), (5, 2)]),
            Line::Answer(key, AppendStatus::Duplicate, vec![(4, 1)]),
            Line::Early(key),
        ];
        for line in lines {
            assert_eq!(line.to_string().parse::<Line>().unwrap(), line);
        }
        let failed = Line::Failed(key, "gone\naway".to_owned()).to_string();
        assert_eq!(failed.lines().count(), 1);
        assert!(failed.parse::<Line>().is_ok());
        assert!("committed 1.2.3 4".parse::<Line>().is_err() && "what".parse::<Line>().is_err());
    }
}
