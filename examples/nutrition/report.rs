//! The weekly report of a person, for reading.

use std::io::{self, Write};

use events::nutrition::{DayTotal, Email, GoalTarget, GoalType, WeekStart, WeeklyMetrics};

use crate::story::{Person, Story};

/// How many kilocalories a character of a bar stands for.
const KCAL_PER_MARK: u64 = 100;

/// Writes the reports of everyone, or of the person with an address.
pub(crate) fn write(out: &mut impl Write, story: &Story, only: Option<&Email>) -> io::Result<()> {
    let people = story.people();
    let chosen = people.into_iter().filter(|(email, _)| only.is_none_or(|only| only == *email));
    let mut is_empty = true;
    for (email, person) in chosen {
        for metrics in person.weeks.values() {
            write_week(out, email, person, metrics)?;
            is_empty = false;
        }
    }
    if is_empty { writeln!(out, "There are no reports.\n") } else { Ok(()) }
}

fn write_week(out: &mut impl Write, email: &Email, person: &Person, metrics: &WeeklyMetrics) -> io::Result<()> {
    let week = metrics.week_start();
    writeln!(out, "{email}, {} to {}", week.first_day(), week.last_day())?;
    for day in week.days() {
        match metrics.days().iter().find(|total| total.day == day) {
            Some(total) => write_day(out, person, total)?,
            None => writeln!(out, "  {}  no entries", day.format("%a"))?,
        }
    }
    let (meals, energy, average) = (metrics.meals(), metrics.energy(), metrics.average_per_day());
    writeln!(out, "  {meals} meals, {energy}, {average} a day")?;
    write_goals(out, person, metrics)?;
    write_extras(out, person, week)?;
    writeln!(out)
}

fn write_day(out: &mut impl Write, person: &Person, total: &DayTotal) -> io::Result<()> {
    let marks = usize::try_from(total.energy.get() / KCAL_PER_MARK).unwrap_or(usize::MAX).min(60);
    let note = match person.goals.get(&GoalType::DailyEnergy) {
        Some(target) if !GoalType::DailyEnergy.is_met(*target, total.energy.get()) => "  over the goal",
        _ => "",
    };
    let energy = total.energy.to_string();
    writeln!(out, "  {}  {} meals  {energy:>9}  {}{note}", total.day.format("%a"), total.meals, "#".repeat(marks))
}

fn write_goals(out: &mut impl Write, person: &Person, metrics: &WeeklyMetrics) -> io::Result<()> {
    for (goal, target) in &person.goals {
        let (direction, unit) = (goal.direction(), goal.unit());
        write!(out, "  goal: {goal} {direction} {target} {unit}")?;
        match met(*goal, *target, metrics) {
            Some(days) => writeln!(out, ", kept on {days} of {} days", metrics.days().len())?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// On how many days a goal was met; `None` for goals that a food diary knows nothing about.
fn met(goal: GoalType, target: GoalTarget, metrics: &WeeklyMetrics) -> Option<usize> {
    let is_met = |day: &&DayTotal| goal.is_met(target, day.energy.get());
    (goal == GoalType::DailyEnergy).then(|| metrics.days().iter().filter(is_met).count())
}

/// What else there was in the week, day by day; these days are those of UTC.
fn write_extras(out: &mut impl Write, person: &Person, week: WeekStart) -> io::Result<()> {
    let readings = person.readings.iter().map(|(source, reading)| {
        let text = format!("{} ({source})", reading.metric());
        (reading.measured_at().date_naive(), text)
    });
    let insights = person.insights.iter().map(|(day, insight)| (*day, format!("coaching, {insight}")));
    let payments = person.payments.iter().map(|(day, amount)| (*day, format!("paid {amount}")));
    let mut extras: Vec<_> = readings.chain(insights).chain(payments).filter(|(day, _)| week.contains(*day)).collect();
    extras.sort();
    for (day, text) in extras {
        writeln!(out, "  {}  {text}", day.format("%a"))?;
    }
    Ok(())
}
