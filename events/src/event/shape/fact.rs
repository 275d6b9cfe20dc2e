//! A shape as a list of facts, one for each part: a path and what is there.

use std::fmt;

use super::form::{Field, Form, Variant};

/// What is at one place of a shape.
///
/// A path is made of fields `a.b`, elements `a[]`, values `a{}` and keys `a{key}` of maps, and
/// variants `a=b`. `a.*` is whatever else the object has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) path: String,
    /// Whether it may be missing.
    pub(crate) optional: bool,
    /// What it is.
    pub(crate) what: String,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.path, if self.optional { "?" } else { "" }, self.what)
    }
}

impl Fact {
    /// Begins what a fact says of another name of a part.
    pub(crate) const ALIAS: &str = "alias of ";
}

/// The root of what isn't an object.
const ROOT: &str = ".";

pub(super) fn facts(form: &Form) -> Vec<Fact> {
    let mut writer = Writer::default();
    match form.clone().unmarked() {
        Form::Object(fields) => {
            if let Form::Type { name, .. } = form {
                writer.types.push((name, String::new()));
            }
            writer.fields("", &fields);
        }
        _ => writer.part(ROOT.to_owned(), form, Said::default()),
    }
    writer.facts.sort_by(|left, right| left.path.cmp(&right.path));
    writer.facts
}

/// What is said of a part beside its form.
#[derive(Clone, Copy, Default)]
struct Said {
    optional: bool,
    nullable: bool,
    id: bool,
}

#[derive(Default)]
struct Writer {
    facts: Vec<Fact>,
    /// The types around the part that contain themselves, with their paths.
    types: Vec<(&'static str, String)>,
}

impl Writer {
    fn line(&mut self, path: &str, said: Said, what: &str) {
        let null = if said.nullable { " or null" } else { "" };
        let id = if said.id { " (id)" } else { "" };
        self.facts.push(Fact { path: path.to_owned(), optional: said.optional, what: format!("{what}{null}{id}") });
    }

    fn part(&mut self, path: String, form: &Form, said: Said) {
        match form {
            Form::Nullable { form, .. } => self.part(path, form, Said { nullable: true, ..said }),
            Form::Type { name, form } => {
                self.types.push((name, path.clone()));
                self.part(path, form, said);
                self.types.pop();
            }
            _ => {
                let head = self.head(form);
                self.line(&path, said, &head);
                self.inside(path, form);
            }
        }
    }

    /// What a part is, without its own parts.
    fn head(&self, form: &Form) -> String {
        match form {
            Form::Word(word) => (*word).to_owned(),
            Form::Opaque(text) => format!("opaque {text}"),
            Form::List(_) => "list".to_owned(),
            Form::Array(length, _) => format!("{length} elements"),
            Form::Map(..) => "map".to_owned(),
            Form::Tuple(_) => "tuple".to_owned(),
            Form::Object(_) => "object".to_owned(),
            Form::Choice { tagging, .. } => tagging.clone(),
            Form::Nullable { form, .. } | Form::Type { form, .. } => self.head(form),
            Form::Again(name) => {
                let around = self.types.iter().rev().find(|(other, _)| other == name);
                match around.map(|(_, path)| path.as_str()) {
                    Some("") => "like the event".to_owned(),
                    Some(path) => format!("like {path}"),
                    None => format!("like {}", name.rsplit("::").next().unwrap_or(name)),
                }
            }
        }
    }

    /// The parts of a part.
    fn inside(&mut self, path: String, form: &Form) {
        match form {
            Form::List(element) | Form::Array(_, element) => self.part(path + "[]", element, Said::default()),
            Form::Map(key, value) => {
                self.part(format!("{path}{{key}}"), key, Said::default());
                self.part(path + "{}", value, Said::default());
            }
            Form::Tuple(forms) => {
                for (index, form) in forms.iter().enumerate() {
                    self.part(format!("{path}.{index}"), form, Said::default());
                }
            }
            Form::Object(fields) => self.fields(&path, fields),
            Form::Choice { variants, .. } => variants.iter().for_each(|variant| self.variant(&path, variant)),
            Form::Word(_) | Form::Opaque(_) | Form::Again(_) | Form::Nullable { .. } | Form::Type { .. } => {}
        }
    }

    fn fields(&mut self, path: &str, fields: &[Field]) {
        let mut others = 0;
        for field in fields {
            let name = if field.flat { rest(&mut others) } else { quoted(field.name) };
            let own = join(path, &name);
            for alias in &field.aliases {
                let what = format!("{}{own}", Fact::ALIAS);
                self.line(&join(path, &quoted(alias)), Said::default(), &what);
            }
            self.part(own, &field.form, Said { optional: field.optional, nullable: false, id: field.id });
        }
    }

    fn variant(&mut self, path: &str, variant: &Variant) {
        let own = format!("{path}={}", quoted(variant.name));
        for alias in &variant.aliases {
            let what = format!("{}{own}", Fact::ALIAS);
            self.line(&format!("{path}={}", quoted(alias)), Said::default(), &what);
        }
        self.part(own, &variant.form, Said::default());
    }
}

/// The name of what else an object has: `*`, and `*2` for the second.
fn rest(others: &mut u32) -> String {
    *others += 1;
    if *others == 1 { "*".to_owned() } else { format!("*{others}") }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A name as it is, or in quotes where it could be taken for something else.
fn quoted(name: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '*' | '#');
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { format!("{name:?}") }
}
