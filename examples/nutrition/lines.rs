//! Reading the files: each line becomes an entry, or a reason why not.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, FixedOffset};
use csv::{ErrorKind, ReaderBuilder, StringRecord};
use events::nutrition::{
    Email, GoalTarget, GoalType, HealthReading, HealthSource, Insight, Kilocalories, MealDescription, Money, WeekStart,
};

use crate::parse;

/// Something that happened, as a line tells it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) email: Email,
    pub(crate) fact: Fact,
    pub(crate) origin: Origin,
}

#[derive(Debug)]
pub(crate) enum Fact {
    Joined { goal: GoalType, target: GoalTarget },
    Planned { week: WeekStart },
    Ate { calories: Kilocalories, description: MealDescription },
    Paid { subscription: String, amount: Money },
    Measured { source: HealthSource, reading: HealthReading },
    Coached { insight: Insight },
}

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) file: &'static str,
    pub(crate) line: u64,
}

/// A line that was not imported, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) origin: Origin,
    pub(crate) reason: String,
}

/// All entries of a folder in the order in which they happened, and the malformed lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) entries: Vec<Entry>,
    pub(crate) malformed: Vec<Refused>,
}

impl Lines {
    /// Reads the three files of a folder.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut lines = Self::default();
        lines.read_file(folder, "people.csv", person)?;
        lines.read_file(folder, "diary.csv", meal)?;
        lines.read_file(folder, "activity.csv", activity)?;
        // Files first and then lines decide between equal times, because the sort is stable.
        lines.entries.sort_by_key(|entry| entry.at);
        Ok(lines)
    }

    fn read_file(&mut self, folder: &Path, file: &'static str, row: Row) -> anyhow::Result<()> {
        let path = folder.join(file);
        let mut reader =
            ReaderBuilder::new().from_path(&path).with_context(|| format!("can't read {}", path.display()))?;
        for record in reader.records() {
            match record {
                Ok(record) => self.read_record(file, &record, row),
                Err(error) => {
                    let refused = malformed(file, &error);
                    self.malformed.push(refused.with_context(|| format!("can't read {}", path.display()))?);
                }
            }
        }
        Ok(())
    }

    fn read_record(&mut self, file: &'static str, record: &StringRecord, row: Row) {
        let origin = Origin { file, line: record.position().map_or(0, csv::Position::line) };
        match row(&Columns(record)) {
            Ok((at, email, fact)) => self.entries.push(Entry { at, email, fact, origin }),
            Err(error) => self.malformed.push(Refused { origin, reason: format!("{error:#}") }),
        }
    }
}

type Row = fn(&Columns<'_>) -> anyhow::Result<(DateTime<FixedOffset>, Email, Fact)>;

/// A line that isn't even a record; `None` if the file itself can't be read.
fn malformed(file: &'static str, error: &csv::Error) -> Option<Refused> {
    let line = error.position().map(csv::Position::line)?;
    let reason = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} columns instead of {expected_len}")
        }
        ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => return None,
    };
    Some(Refused { origin: Origin { file, line }, reason })
}

/// The columns of a record, by number; the reader has made sure of how many there are.
struct Columns<'a>(&'a StringRecord);

impl Columns<'_> {
    fn text(&self, column: usize) -> &str {
        self.0.get(column).unwrap_or_default()
    }

    fn time_and_email(&self) -> anyhow::Result<(DateTime<FixedOffset>, Email)> {
        Ok((parse::time(self.text(0))?, self.text(1).parse()?))
    }
}

/// joined_at, email, goal, target
fn person(columns: &Columns<'_>) -> anyhow::Result<(DateTime<FixedOffset>, Email, Fact)> {
    let (at, email) = columns.time_and_email()?;
    let goal: GoalType = parse::word(columns.text(2))?;
    let target = goal.target(parse::number(columns.text(3))?)?;
    Ok((at, email, Fact::Joined { goal, target }))
}

/// eaten_at, email, meal, foods, kcal
fn meal(columns: &Columns<'_>) -> anyhow::Result<(DateTime<FixedOffset>, Email, Fact)> {
    let (at, email) = columns.time_and_email()?;
    let calories = Kilocalories::new(parse::number(columns.text(4))?)?;
    let description = MealDescription::new(format!("{}: {}", columns.text(2), columns.text(3)))?;
    Ok((at, email, Fact::Ate { calories, description }))
}

/// at, email, what, subject, detail
fn activity(columns: &Columns<'_>) -> anyhow::Result<(DateTime<FixedOffset>, Email, Fact)> {
    let (at, email) = columns.time_and_email()?;
    let (subject, detail) = (columns.text(3), columns.text(4));
    let fact = match columns.text(2) {
        "plan" => Fact::Planned { week: parse::week(subject)? },
        "payment" => Fact::Paid { subscription: subject.to_owned(), amount: detail.parse()? },
        "reading" => {
            let reading = HealthReading::new(parse::metric(detail)?, at.to_utc())?;
            Fact::Measured { source: subject.parse()?, reading }
        }
        "coaching" => Fact::Coached { insight: Insight::new(parse::word(subject)?, detail)? },
        other => anyhow::bail!("{other:?} is none of plan, payment, reading and coaching"),
    };
    Ok((at, email, fact))
}
