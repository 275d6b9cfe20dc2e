//! The cases, and what has to be found in each.

use crate::copies::two_copies;
use crate::matrix::{Row, print, registered, reported};
use crate::programs::{Built, Profile, Programs, Report};

/// What has to be found for a case.
struct Expected {
    handlers: &'static [&'static str],
    reported: &'static str,
}

const PLUG: &[&str] = &["on_plugged", "on_plugged_deep_inside"];
const LISTED: &str = "the catalog lists them";
const LINKED: &str = "the catalog lists the crate";
const MISSING: Expected = Expected { handlers: &[], reported: "the catalog is empty, a warning at start" };
const CURES: &str = "`link!`, `handlers!`, `use … as _`";

/// The programs of one package, what they are an example of, and what they have to find.
const CASES: &[(&str, &str, Expected, &str)] = &[
    ("a dependency that is never named", "unnamed", MISSING, CURES),
    ("`use plug as _;`", "named", Expected { handlers: PLUG, reported: LISTED }, ""),
    ("`events::link!(plug);`", "linked", Expected { handlers: PLUG, reported: LINKED }, ""),
    ("`handlers![plug::on_plugged]`", "listed", Expected { handlers: PLUG, reported: LISTED }, ""),
    ("a package's own library, never named", "own", MISSING, CURES),
    ("the same with `events::link!(own);`", "own_linked", Expected { handlers: &["on_owned"], reported: LINKED }, ""),
    (
        "the same with `handlers![own::on_owned]`",
        "own_listed",
        Expected { handlers: &["on_owned"], reported: LISTED },
        "",
    ),
    ("an integration test that names nothing", "test unnamed", MISSING, CURES),
    ("the same with `events::link!(own);`", "test linked", Expected { handlers: &["on_owned"], reported: LINKED }, ""),
    (
        "the same with `handlers![own::on_owned]`",
        "test listed",
        Expected { handlers: &["on_owned"], reported: LISTED },
        "",
    ),
    (
        "a cdylib's crate as a dependency, with `link!`",
        "plugin_linked",
        Expected { handlers: &["on_loaded"], reported: LINKED },
        "",
    ),
];

fn row(case: &'static str, build: &'static str, report: &Report, expected: &Expected, cured_by: &'static str) -> Row {
    assert_eq!(report.handlers(), expected.handlers, "{case}, {build}\n{}", report.text());
    assert_eq!(reported(report), expected.reported, "{case}, {build}\n{}", report.text());
    Row { case, build, registered: registered(report), reported: reported(report), cured_by }
}

/// What is missing is said with what to do about it.
fn check_words(report: &Report) {
    let cure = "name it with `events::link!(the_crate)`, or its handlers with `handlers![…]`";
    let warnings = report.logged("WARN");
    assert!(warnings.iter().all(|warning| warning.contains(cure)), "{}", report.text());
    let [unhandled] = report.logged("DEBUG")[..] else { panic!("{}", report.text()) };
    assert!(unhandled.starts_with("no handler for the event; ") && unhandled.contains(cure), "{unhandled}");
    if report.handlers().is_empty() {
        assert_eq!(warnings.len(), 1, "{}", report.text());
        assert!(report.line("  none is linked, or none was chosen: ").is_some_and(|line| line.contains(cure)));
    }
}

/// The crate's unit tests have it twice: each copy's handlers are called for the events of their own
/// copy, the one of all events is called once, and a copy whose state is missing isn't called.
fn cycle(build: &'static str, built: &[Built]) -> Row {
    let report = report_of(built, "unit tests of lib cycle");
    let text = report.text();
    let ours = "on_turned 1+0, on_everything 1, on_turned_with_wheel 1+0";
    assert_eq!(report.line("its own event: "), Some(ours), "{text}");
    let theirs = "on_turned 0+1, on_everything 1, on_turned_with_wheel 0+0";
    assert_eq!(report.line("the copy's event: "), Some(theirs), "{text}");
    let [warning] = report.logged("WARN")[..] else { panic!("{text}") };
    assert!(warning.starts_with("linked twice by a dev-dependency cycle"), "{text}");
    let handlers = &["on_everything", "on_turned", "on_turned_with_wheel"];
    let expected = Expected { handlers, reported: "the catalog says `linked twice`" };
    row("a dev-dependency cycle: all is there twice", build, &report, &expected, "nothing to cure")
}

/// A shared library has a registry of its own. It is linked to the program here, which asks the
/// system to load it at start; that says nothing about it to the compiler.
fn shared_library(build: &'static str, profile: Profile, programs: &Programs) -> Vec<Row> {
    let folder = programs.folder(profile).display().to_string();
    let (search, run_path) = (format!("-Lnative={folder}"), format!("-Clink-arg=-Wl,-rpath,{folder}"));
    let built = programs.build(profile, &["rustc", "-p", "host", "--", &search, &run_path]);
    let [host, plugin] = &built.run("host").unwrap_or_default()[..] else { panic!("two reports are printed") };
    let cure = "a dependency on it, with `link!`";
    vec![
        row("a cdylib: in the program", build, host, &Expected { handlers: &["on_hosted"], reported: LISTED }, cure),
        row("a cdylib: in the library", build, plugin, &Expected { handlers: &["on_loaded"], reported: LISTED }, cure),
    ]
}

/// The report of the program, which is in one of the builds.
fn report_of(built: &[Built], program: &str) -> Report {
    built.iter().find_map(|built| built.report(program)).unwrap_or_else(|| panic!("no `{program}` was built"))
}

/// The case that fails and those that cure it, as an optimised program of a kind.
fn optimised(build: &'static str, built: &[Built]) -> Vec<Row> {
    let chosen = CASES.iter().filter(|(_, program, ..)| ["unnamed", "linked", "listed"].contains(program));
    chosen
        .map(|(case, program, expected, cured_by)| {
            let report = report_of(built, program);
            check_words(&report);
            row(case, build, &report, expected, cured_by)
        })
        .collect()
}

#[test]
fn what_the_linker_leaves_out_is_reported_and_what_is_named_is_kept() {
    let programs = Programs::copy();
    let mut rows = vec![two_copies(&programs)];
    for (build, profile) in [("debug", Profile::Debug), ("release", Profile::Release)] {
        let built = [
            programs.build(profile, &["build", "--workspace", "--exclude", "host", "--lib", "--bins"]),
            programs.build(
                profile,
                &["test", "--no-run", "-p", "own", "--test", "unnamed", "--test", "linked", "--test", "listed"],
            ),
            programs.build(profile, &["test", "--no-run", "-p", "cycle", "--lib"]),
        ];
        for (case, program, expected, cured_by) in CASES {
            let report = report_of(&built, program);
            check_words(&report);
            rows.push(row(case, build, &report, expected, cured_by));
        }
        rows.push(cycle(build, &built));
        if cfg!(target_os = "linux") {
            rows.extend(shared_library(build, profile, &programs));
        }
    }
    // The whole program is compiled once more for each: as little of it as shows what is kept.
    for (build, options) in
        [("release, thin LTO", ["-Clto=thin", "-Copt-level=0"]), ("release, fat LTO", ["-Clto=fat", "-Copt-level=1"])]
    {
        let built = ["unnamed", "linked", "listed"].map(|program| {
            let arguments = ["rustc", "-p", "app", "--bin", program, "--"].into_iter().chain(options);
            programs.build(Profile::Release, &arguments.collect::<Vec<_>>())
        });
        rows.extend(optimised(build, &built));
    }
    for (build, units) in [("release, 1 codegen unit", "1"), ("release, 64 codegen units", "64")] {
        let units = format!("profile.release.package.plug.codegen-units={units}");
        let arguments =
            ["build", "--config", &units, "-p", "app", "--bin", "unnamed", "--bin", "linked", "--bin", "listed"];
        rows.extend(optimised(build, &[programs.build(Profile::Release, &arguments)]));
    }
    print(&rows);
}
