//! Somebody at a terminal: the question before much is changed, and the bar while a run goes on.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;

use events::store::LetterStatus;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::json;

use crate::place::{Place, Ran, on_both_stores};
use crate::shop::{Gateway, eventually, letters, open, with_a_dead_letter};

on_both_stores![
    the_question_is_answered_with_yes,
    whatever_else_is_answered_changes_nothing,
    a_bar_shows_how_far_a_run_is,
    without_a_terminal_only_the_end_of_a_run_is_shown,
];

/// A terminal with the tool in it; its standard output goes to a pipe, as `| jq` has it.
struct Terminal {
    tool: Child,
    keyboard: File,
    screen: JoinHandle<String>,
}

impl Terminal {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let user = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let mut command = place.command(arguments);
        command.env("TERM", "xterm").stdin(user.try_clone().unwrap()).stderr(user).stdout(Stdio::piped());
        let tool = command.spawn().unwrap();
        let keyboard = File::from(controller);
        let mut screen = keyboard.try_clone().unwrap();
        let screen = std::thread::spawn(move || {
            let (mut seen, mut some) = (Vec::new(), [0; 4_096]);
            // It is an error to read from a terminal that nobody has open any more.
            while let Ok(count @ 1..) = screen.read(&mut some) {
                seen.extend_from_slice(&some[..count]);
            }
            String::from_utf8_lossy(&seen).into_owned()
        });
        Self { tool, keyboard, screen }
    }

    fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the tool to end; what was on the screen is its standard error.
    async fn end(self) -> Ran {
        let Self { tool, keyboard, screen } = self;
        let ended = move || {
            let output = tool.wait_with_output().unwrap();
            drop(keyboard);
            Ran {
                code: output.status.code().expect("it has ended by itself"),
                stdout: String::from_utf8(output.stdout).unwrap(),
                stderr: screen.join().unwrap(),
            }
        };
        tokio::task::spawn_blocking(ended).await.unwrap()
    }
}

/// Runs the tool, and answers its question.
async fn answer(place: &Place, arguments: &[&str], keys: &str) -> Ran {
    let mut terminal = Terminal::start(place, arguments);
    terminal.type_in(keys);
    terminal.end().await
}

const END_OF_INPUT: &str = "\u{4}";
const DISCARD: &[&str] = &["dl", "discard", "--handler", "collect", "--reason", "paid at the counter"];

async fn the_question_is_answered_with_yes(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    app.shutdown().await.unwrap();
    let ran = answer(&place, DISCARD, "y\n").await;
    assert!(ran.stderr.contains("1 letter would be discarded. Go on? [y/N] "), "{ran:?}");
    assert!(ran.stdout.contains("unknown currency"), "what it is about is shown first: {ran:?}");
    assert!(ran.code == 0 && ran.stdout.ends_with("1 letter discarded.\n"), "{ran:?}");
    let purge = ["dl", "purge", "--status", "discarded", "--older-than", "0s", "--reason", "tidying up"];
    let ran = answer(&place, &purge, "yes\n").await;
    assert!(ran.code == 0 && ran.stdout.starts_with("1 discarded letter"), "{ran:?}");
    let ran = answer(&place, &["handlers", "reset", "collect", "--to", "start", "--reason", "why"], "Y\n").await;
    assert!(ran.code == 0 && ran.stderr.contains("0 open letters would be discarded"), "{ran:?}");
}

async fn whatever_else_is_answered_changes_nothing(place: Place) {
    let app = with_a_dead_letter(&place, &Gateway::default()).await;
    let handlers = app.durable_handlers().list().await.unwrap();
    let redrive = ["dl", "redrive", "--all", "--reason", "why"];
    let reset = ["handlers", "reset", "collect", "--to", "start", "--reason", "why"];
    for arguments in [DISCARD, &redrive, &reset] {
        for keys in ["n\n", "\n", "no\n", "yesterday\n", END_OF_INPUT] {
            let ran = answer(&place, arguments, keys).await;
            assert!(ran.code == 2 && ran.stderr.contains("[y/N] "), "{arguments:?}, {keys:?}: {ran:?}");
            assert!(ran.stderr.contains("nothing was changed"), "{arguments:?}, {keys:?}: {ran:?}");
        }
    }
    assert_eq!(letters(&app, LetterStatus::Dead).await, 1);
    assert_eq!(place.json(&["audit"]).await, json!({"operations": []}));
    let now = app.durable_handlers().list().await.unwrap();
    assert_eq!((now[0].since, now[0].parked), (handlers[0].since, handlers[0].parked));
    app.shutdown().await.unwrap();
}

/// A run of the one dead letter, that waits for a process.
async fn begun(place: &Place) -> String {
    with_a_dead_letter(place, &Gateway::default()).await.shutdown().await.unwrap();
    let begun = place.json(&["dl", "redrive", "--all", "--reason", "francs are known", "--yes"]).await;
    begun["run"].to_string()
}

async fn carried_out(place: &Place) -> events::EventDispatcher {
    let gateway = Gateway::default();
    gateway.learn_francs();
    let app = open(place, &gateway).await;
    eventually("the letter is resolved", async || letters(&app, LetterStatus::Resolved).await == 1).await;
    app
}

async fn a_bar_shows_how_far_a_run_is(place: Place) {
    let run = begun(&place).await;
    let terminal = Terminal::start(&place, &["runs", "show", &run, "--wait"]);
    let app = carried_out(&place).await;
    let ran = terminal.end().await;
    assert_eq!((ran.code, ran.stdout), (0, done(&run)), "the bar isn't part of the answer");
    assert!(ran.stderr.contains("1 of 1 letters, 0 failed, by "), "{:?}", ran.stderr);
    app.shutdown().await.unwrap();
}

async fn without_a_terminal_only_the_end_of_a_run_is_shown(place: Place) {
    let run = begun(&place).await;
    let wait = ["runs", "show", &run, "--wait"];
    let (ran, app) = tokio::join!(place.run(&wait), carried_out(&place));
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, done(&run).as_str(), ""));
    app.shutdown().await.unwrap();
}

fn done(run: &str) -> String {
    let counts = "1 resolved, 0 failed, 0 being tried, 0 waiting";
    format!("Run {run} of 1 letter is done: {counts}.\nResult: 1 resolved, 0 failed\n")
}
