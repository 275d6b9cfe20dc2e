//! The files of the workspace, and what is found in them.

use std::error::Error;
use std::fmt;
use std::path::Path;

/// A file with its path from the workspace's root.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The syntax tree of a Rust file.
    pub(crate) syntax: Option<syn::File>,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Result<Self, Box<dyn Error>> {
        let syntax = match path.ends_with(".rs") {
            true => Some(syn::parse_file(text).map_err(|error| {
                let line = error.span().start().line;
                format!("{path}:{line}: {error}")
            })?),
            false => None,
        };
        Ok(Self { path: path.to_owned(), text: text.to_owned(), syntax })
    }

    /// The lines with their numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    pub(crate) fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }

    /// Whether it is a module of unit tests: `tests.rs`, or below a folder `tests` of a crate's sources.
    pub(crate) fn is_unit_tests(&self) -> bool {
        self.path.contains("src/") && (self.path.ends_with("/tests.rs") || self.path.contains("/tests/"))
    }
}

/// Something that isn't as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    pub(crate) fn missing(path: &str) -> Self {
        Self { path: path.to_owned(), line: 0, message: "it is missing".to_owned() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// All Rust and Markdown files, except what is wrong on purpose: the macros' mistakes in `tests/ui`.
pub(crate) fn workspace() -> Result<Vec<File>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    read_folder(&root, "", &mut files)?;
    Ok(files)
}

fn read_folder(root: &Path, folder: &str, files: &mut Vec<File>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} isn't UTF-8"))?;
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && name != "target" && path != "tests/ui" {
                read_folder(root, &path, files)?;
            }
        } else if name.ends_with(".rs") || name.ends_with(".md") {
            files.push(File::new(&path, &std::fs::read_to_string(entry.path())?)?);
        }
    }
    Ok(())
}

/// What a check finds in small files, as `path:line: message`.
#[cfg(test)]
pub(crate) fn found(check: fn(&[File]) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text).unwrap()).collect();
    check(&files).iter().map(ToString::to_string).collect()
}
