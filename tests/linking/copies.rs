//! Two copies of the framework in one program: cargo refuses them before anything is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::matrix::Row;
use crate::programs::Programs;

/// The key that only one package of a program may have.
const KEY: &str = "links = \"events-link-time-registry\"";
/// What the workspace's manifest says of its members.
const MEMBERS: &str = "members = [\"events\", \"events-macros\", \"tests\", \"tests/renamed\", \"tests/hygiene\", \"tests/edition-2018\", \"examples\"]";

/// A program that depends on the framework, and may depend on another version of it.
struct TwoCopies<'a> {
    programs: &'a Programs,
    root: PathBuf,
}

impl<'a> TwoCopies<'a> {
    /// Copies the framework under another version.
    fn new(programs: &'a Programs) -> Self {
        let copies = Self { programs, root: programs.beside("copies") };
        for name in ["events", "events-macros"] {
            programs.copy_of(name, &copies.root.join("second").join(name));
        }
        let workspace = fs::read_to_string(programs.workspace().join("Cargo.toml")).unwrap();
        assert!(workspace.contains(MEMBERS), "the workspace has other members");
        let second = workspace.replace(MEMBERS, "members = [\"events\", \"events-macros\"]");
        fs::write(copies.root.join("second/Cargo.toml"), second.replace("0.1.0", "0.2.0")).unwrap();
        fs::copy(programs.workspace().join("README.md"), copies.root.join("second/README.md")).unwrap();
        copies
    }

    /// What cargo says of the program, which has these dependencies.
    fn resolved(&self, dependencies: &str) -> Output {
        let app = self.root.join("app");
        fs::create_dir_all(app.join("src")).unwrap();
        fs::write(app.join("src/main.rs"), "fn main() {}\n").unwrap();
        let package = "[package]\nname = \"two\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
        fs::write(app.join("Cargo.toml"), format!("{package}\n[dependencies]\n{dependencies}")).unwrap();
        fs::copy(self.programs.workspace().join("Cargo.lock"), app.join("Cargo.lock")).unwrap();
        self.programs.cargo().current_dir(&app).args(["tree", "--offline", "--depth", "1"]).output().unwrap()
    }
}

fn dependency(name: &str, path: &Path) -> String {
    format!("{name} = {{ package = \"events\", path = {path:?} }}\n")
}

/// Each of the two may be depended on, and both together may not; said is who asks for them.
pub(crate) fn two_copies(programs: &Programs) -> Row {
    let copies = TwoCopies::new(programs);
    let (first, second) = (programs.workspace().join("events"), copies.root.join("second/events"));
    for (path, version) in [(&first, "events v0.1.0"), (&second, "events v0.2.0")] {
        let one = copies.resolved(&dependency("events", path));
        let tree = String::from_utf8_lossy(&one.stdout);
        assert!(one.status.success() && tree.contains(version), "{}", String::from_utf8_lossy(&one.stderr));
    }
    let both = copies.resolved(&(dependency("events", &first) + &dependency("second", &second)));
    let said = String::from_utf8_lossy(&both.stderr);
    assert!(!both.status.success(), "cargo has taken both");
    let names = ["package `events v0.", "of package `two v0.1.0", "conflicts with a previous package", KEY];
    assert!(names.iter().all(|name| said.contains(name)), "{said}");
    Row {
        case: "two versions of the framework",
        build: "any",
        registered: "nothing is built".to_owned(),
        reported: "cargo refuses them, and says who asks".to_owned(),
        cured_by: "one version for all",
    }
}
