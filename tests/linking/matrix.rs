//! The table: each case, in each way of building it.

use std::io::Write;

use crate::programs::Report;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) case: &'static str,
    pub(crate) build: &'static str,
    pub(crate) registered: String,
    pub(crate) reported: String,
    pub(crate) cured_by: &'static str,
}

impl Row {
    fn cells(&self) -> [&str; 5] {
        [self.case, self.build, &self.registered, &self.reported, self.cured_by]
    }
}

/// The handlers that a program has found.
pub(crate) fn registered(report: &Report) -> String {
    let handlers = report.handlers();
    if handlers.is_empty() { "nothing".to_owned() } else { handlers.join(", ") }
}

/// What a program was told about them, in a few words.
pub(crate) fn reported(report: &Report) -> String {
    let text = report.text();
    let mut said = Vec::new();
    if text.contains("none is linked, or none was chosen") {
        said.push("the catalog is empty");
    }
    if text.contains("(linked twice)") {
        said.push("the catalog says `linked twice`");
    }
    if text.contains("1 crates named by `link!`") {
        said.push("the catalog lists the crate");
    }
    if report.logged("WARN").iter().any(|line| line.starts_with("no handler is linked")) {
        said.push("a warning at start");
    }
    match report.line("start: ") {
        Some("ok") => {}
        Some(_) => said.push("an error at start"),
        None => said.push("no start"),
    }
    if said.is_empty() { "the catalog lists them".to_owned() } else { said.join(", ") }
}

/// Prints the table, past the capture of what tests print: it is what the test is for.
pub(crate) fn print(rows: &[Row]) {
    let head = Row {
        case: "case",
        build: "build",
        registered: "registered".to_owned(),
        reported: "what is reported".to_owned(),
        cured_by: "cured by",
    };
    let rows: Vec<[&str; 5]> = [&head].into_iter().chain(rows).map(Row::cells).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut table = String::from("\n");
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            table += &format!("| {cell:width$} ");
        }
        table += "|\n";
        if index == 0 {
            table += &widths.map(|width| format!("|{}", "-".repeat(width + 2))).concat();
            table += "|\n";
        }
    }
    std::io::stdout().write_all(table.as_bytes()).unwrap();
}
