//! Where commands write to: tables for people, JSON for programs.

use std::io::{self, Write};

use comfy_table::Table;
use serde::Serialize;

use crate::failure::Failure;
use crate::text;

/// The output of a command.
pub(crate) struct Out<'w> {
    writer: &'w mut dyn Write,
    json: bool,
}

/// What a command shows: its fields are the JSON, and `print` says the same to a person.
pub(crate) trait View: Serialize {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()>;
}

impl<'w> Out<'w> {
    pub(crate) fn new(writer: &'w mut dyn Write, json: bool) -> Self {
        Self { writer, json }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Shows a view: one JSON document, or whatever it prints.
    pub(crate) fn show(&mut self, view: &impl View) -> Result<(), Failure> {
        if self.json {
            let json = text::printable_json(&serde_json::to_string_pretty(view)?);
            writeln!(self.writer, "{json}")?;
        } else {
            view.print(self)?;
        }
        Ok(())
    }

    /// Shows one of many views that come one after the other: a line of JSON each.
    pub(crate) fn show_next(&mut self, view: &impl View) -> Result<(), Failure> {
        if self.json {
            let json = text::printable_json(&serde_json::to_string(view)?);
            writeln!(self.writer, "{json}")?;
        } else {
            view.print(self)?;
        }
        self.writer.flush()?;
        Ok(())
    }

    /// One line, whatever is in it: what somebody has typed once, an error's text or an event's data, gets no
    /// say about the terminal.
    pub(crate) fn line(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.writer, "{}", text::printable(&line.to_string()))
    }

    /// A document in JSON that is one already, its end of line included.
    pub(crate) fn json(&mut self, json: &str) -> io::Result<()> {
        self.writer.write_all(text::printable_json(json).as_bytes())
    }

    /// A table without lines: a column is as wide as its widest cell. Without rows, says so.
    pub(crate) fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: Vec<[String; N]>,
        none: &str,
    ) -> io::Result<()> {
        if rows.is_empty() {
            return self.line(none);
        }
        let rows = rows.into_iter().map(|row| row.map(|cell| text::printable(&cell)));
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING).set_header(header).add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.lines().try_for_each(|line| writeln!(self.writer, "{}", line.trim_end()))
    }
}
