//! The programs: where they are built, how, and what they say.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What the programs' manifest says instead of the place of the framework.
const FRAMEWORK: &str = "\"../../../events\"";

/// How a program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// A copy of the programs, with the versions of the dependencies that the workspace has, so that
/// nothing has to be fetched.
pub(crate) struct Programs {
    workspace: PathBuf,
    framework: String,
    root: PathBuf,
    target: PathBuf,
}

impl Programs {
    /// Brings the copy up to date.
    pub(crate) fn copy() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linking");
        let framework = format!("{:?}", workspace.join("events"));
        let (root, target) = (temporary.join("programs"), temporary.join("target"));
        let programs = Self { workspace, framework, root, target };
        programs.copy_of("tests/linking/programs", &programs.root);
        write(&programs.root.join("Cargo.lock"), &fs::read(programs.workspace.join("Cargo.lock")).unwrap());
        programs
    }

    /// Copies a folder of the workspace.
    pub(crate) fn copy_of(&self, folder: &str, to: &Path) {
        copy_folder(&self.workspace.join(folder), to, &self.framework);
    }

    /// The workspace whose framework the programs use.
    pub(crate) fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// A folder beside the copy.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.with_file_name(name)
    }

    /// Where the programs are after they were built.
    pub(crate) fn folder(&self, profile: Profile) -> PathBuf {
        self.target.join(if profile == Profile::Debug { "debug" } else { "release" })
    }

    /// Builds what the arguments say, which begin with the subcommand.
    pub(crate) fn build(&self, profile: Profile, arguments: &[&str]) -> Built {
        let mut words = arguments.iter();
        let mut cargo = self.cargo();
        cargo.args(words.next()).args(["--offline", "--message-format=json"]);
        if profile == Profile::Release {
            // Link-time optimisation is asked for in some of the builds; the dependencies are the same for all.
            cargo.arg("--release").env("RUSTFLAGS", "-Cembed-bitcode=yes");
        }
        let output = cargo.args(words).output().unwrap();
        let messages = String::from_utf8(output.stdout).unwrap();
        let messages: Vec<Value> = messages.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        if !output.status.success() {
            let rendered = messages.iter().filter_map(|message| message["message"]["rendered"].as_str());
            let compiler: String = rendered.collect();
            panic!("{arguments:?} ({profile:?})\n{compiler}\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Built(messages.iter().filter_map(executable).collect())
    }

    /// Cargo, without what was meant for the build of the tests.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WORKSPACE_WRAPPER"] {
            cargo.env_remove(variable);
        }
        cargo.env("CARGO_INCREMENTAL", "0");
        cargo
    }
}

/// The executables of a build, by name; those of tests as `test name`.
pub(crate) struct Built(HashMap<String, PathBuf>);

fn executable(message: &Value) -> Option<(String, PathBuf)> {
    let path = message["executable"].as_str()?;
    let name = message["target"]["name"].as_str()?;
    let is_test = message["profile"]["test"].as_bool()?;
    let kind = message["target"]["kind"][0].as_str()?;
    let name = match (is_test, kind) {
        (false, _) => name.to_owned(),
        (true, "test") => format!("test {name}"),
        (true, _) => format!("unit tests of {kind} {name}"),
    };
    Some((name, path.into()))
}

impl Built {
    /// Runs a program, if it was built, and reads what it reports; `== name` begins a part of it.
    pub(crate) fn run(&self, name: &str) -> Option<Vec<Report>> {
        let path = self.0.get(name)?;
        let output = Command::new(path).arg("--nocapture").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        let parts = text.split("== ").filter(|part| part.contains("start: "));
        Some(parts.map(|part| Report { text: part.to_owned() }).collect())
    }

    /// The one report of a program, if it was built.
    pub(crate) fn report(&self, name: &str) -> Option<Report> {
        let mut reports = self.run(name)?;
        assert_eq!(reports.len(), 1, "{name}");
        reports.pop()
    }
}

/// What a program says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    text: String,
}

impl Report {
    /// The whole of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The names of the handlers, in the order of the catalog.
    pub(crate) fn handlers(&self) -> Vec<&str> {
        let lines = self.text.lines().skip_while(|line| !line.ends_with(" handlers")).skip(1);
        let lines = lines.take_while(|line| line.starts_with("  ")).filter(|line| line.contains(" at "));
        lines.filter_map(|line| line.split_whitespace().next()).collect()
    }

    /// The line that begins so, without its beginning.
    pub(crate) fn line(&self, start: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix(start))
    }

    /// What was logged with that level.
    pub(crate) fn logged(&self, level: &str) -> Vec<&str> {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("log: "));
        lines.filter_map(|line| line.strip_prefix(level)).map(str::trim_start).collect()
    }
}

/// What somebody has left behind who has built the programs where they are.
const LEFT_BEHIND: [&str; 2] = ["Cargo.lock", "target"];

/// Makes the copy of a folder equal to it, but for the place of the framework. What hasn't changed
/// keeps its time, so that it isn't built again.
fn copy_folder(from: &Path, to: &Path, framework: &str) {
    fs::create_dir_all(to).unwrap();
    for old in entries(to).filter(|entry| !from.join(entry.file_name()).exists()) {
        match old.file_type().unwrap().is_dir() {
            true => fs::remove_dir_all(old.path()).unwrap(),
            false => fs::remove_file(old.path()).unwrap(),
        }
    }
    for entry in entries(from).filter(|entry| !LEFT_BEHIND.iter().any(|name| entry.file_name() == *name)) {
        let copy = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &copy, framework);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            write(&copy, text.replace(FRAMEWORK, framework).as_bytes());
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap())
}

/// Writes what isn't there already.
fn write(path: &Path, content: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(content) {
        fs::write(path, content).unwrap();
    }
}
