//! `durable(…)`: from where a handler's events are delivered, in which order, and what its failures do.

use proc_macro2::Ident;
use syn::{Expr, LitStr};

use super::attr::{BESIDE_DURABLE, IN_RETRY};
use crate::attr::{Entries, Form, Key, Keys, text, ungrouped};
use crate::ctxt::Ctxt;
use crate::name::{self, Named};
use crate::suggest::closest;

/// What `durable(…)` knows.
pub(super) const KEYS: Keys = Keys {
    attribute: "durable(…)",
    known: &[
        Key { name: "from", form: Form::Text, example: "from = \"start\"" },
        Key { name: "order", form: Form::Expression, example: "order = \"stream\"" },
        Key { name: "on_exhausted", form: Form::Text, example: "on_exhausted = \"park\"" },
        Key { name: "partitions", form: Form::Number, example: "partitions = 4" },
        Key { name: "concurrency", form: Form::Number, example: "concurrency = 16" },
        Key { name: "batch", form: Form::Number, example: "batch = 100" },
        Key { name: "version", form: Form::Number, example: "version = 2" },
        Key { name: "renamed_from", form: Form::Text, example: "renamed_from = \"…\"" },
    ],
    refused: &[
        ("start", "is a place to begin at: `from = \"start\"`"),
        ("now", "is a place to begin at: `from = \"now\"`"),
        ("key", "is an order: `order = key(field)`"),
        ("name", BESIDE_DURABLE),
        ("events", BESIDE_DURABLE),
        ("all", BESIDE_DURABLE),
        ("priority", BESIDE_DURABLE),
        ("timeout", BESIDE_DURABLE),
        ("retry", BESIDE_DURABLE),
        ("crate", BESIDE_DURABLE),
        ("attempts", IN_RETRY),
        ("initial_delay", IN_RETRY),
        ("max_delay", IN_RETRY),
        ("factor", IN_RETRY),
        ("jitter", IN_RETRY),
    ],
};

/// What is said about a durable handler's delivery; the framework's default where nothing is.
#[derive(Clone)]
pub(crate) struct Durable {
    /// Where it begins.
    pub(crate) from: BeginsAt,
    /// Which events wait for each other.
    pub(crate) order: Order,
    /// What becomes of later events behind a dead letter.
    pub(crate) on_exhausted: OnExhausted,
    /// Over how many lanes its keys are spread.
    pub(crate) partitions: Option<u32>,
    /// How many events a lane handles at the same time.
    pub(crate) concurrency: Option<u32>,
    /// How many events it is called with at once, at most.
    pub(crate) batch: Option<u32>,
    /// Its version, if it is not the first.
    pub(crate) version: Option<u32>,
    /// The name it had before.
    pub(crate) renamed_from: Option<LitStr>,
}

/// Where a durable handler begins.
#[derive(Clone, Copy)]
pub(crate) enum BeginsAt {
    Start,
    Now,
}

/// Which events of a durable handler wait for each other.
#[derive(Clone)]
pub(crate) enum Order {
    Stream,
    /// Those in which this field has one text.
    Key(Ident),
    Global,
    None,
}

/// What becomes of later events behind a dead letter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnExhausted {
    Park,
    Continue,
    Halt,
}

/// Each partition is a row, a lease and a reader, and each call under way keeps its event.
const MOST: u32 = 1_024;

/// So many events are read from the log at once.
const MOST_AT_ONCE: u32 = 1_000;

/// More would be a mistake.
const MOST_VERSIONS: u32 = 1_000;

const NO_FROM: &str = "a durable handler says where it begins: `durable(from = \"start\")` handles all history, `durable(from = \"now\")` only what comes";
const PARK_ALL: &str = "with `order = \"global\"` every event would wait behind a dead letter: `\"halt\"`, the default there, stops the handler and says so, `\"continue\"` goes on";
const PARK_NONE: &str = "with `order = \"none\"` no event waits for another: `\"continue\"`, the default there, goes on, `\"halt\"` stops the handler";

impl Durable {
    /// Reads `durable(…)`, if it is there. A mistake is reported, and some value taken instead, so that
    /// the handler still counts as durable.
    pub(crate) fn read(options: &Entries, cx: &mut Ctxt) -> Option<Self> {
        let key = options.key("durable")?;
        let nothing = Entries::default();
        let entries = options.group("durable").unwrap_or(&nothing);
        if options.group("durable").is_some() && entries.lacks("from") {
            cx.error(key, NO_FROM);
        }
        let order = entries.expression("order").and_then(|order| order_of(order, cx)).unwrap_or(Order::Stream);
        Some(Self {
            from: entries.text("from").and_then(|from| begins_at(from, cx)).unwrap_or(BeginsAt::Start),
            on_exhausted: on_exhausted(entries, &order, cx),
            partitions: count(entries, "partitions", &order, cx),
            concurrency: count(entries, "concurrency", &order, cx),
            batch: batch(entries, cx),
            version: version(entries, cx),
            renamed_from: entries.text("renamed_from").inspect(|old| name::check(Named::Handler, old, cx)).cloned(),
            order,
        })
    }
}

fn begins_at(text: &LitStr, cx: &mut Ctxt) -> Option<BeginsAt> {
    let words = [("start", BeginsAt::Start), ("now", BeginsAt::Now)];
    word(&words, text, "`from` is \"start\" (all history) or \"now\" (only what comes)", cx)
}

fn order_of(expression: &Expr, cx: &mut Ctxt) -> Option<Order> {
    const POSSIBLE: &str = "`order` is \"stream\" (the default), `key(field)`, \"global\" or \"none\"";
    if let Some(text) = text(expression) {
        let words = [("stream", Order::Stream), ("global", Order::Global), ("none", Order::None)];
        if text.value().starts_with("key") {
            cx.error(text, "`key(field)` stands without quotes: `order = key(field)`");
            return None;
        }
        return word(&words, &text, POSSIBLE, cx);
    }
    if let Expr::Call(call) = ungrouped(expression)
        && is_key(&call.func)
    {
        let field = match call.args.first() {
            Some(Expr::Path(path)) if call.args.len() == 1 => path.path.get_ident(),
            _ => None,
        };
        if field.is_none() {
            cx.error(expression, "`key(field)` names one field of the event, as in `order = key(customer_id)`");
        }
        return field.cloned().map(Order::Key);
    }
    cx.error(
        expression,
        if is_key(expression) { "`key` names a field of the event: `order = key(field)`" } else { POSSIBLE },
    );
    None
}

fn is_key(expression: &Expr) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident("key"))
}

/// What is said of it, or what goes with the order: only where keys wait can anything be parked.
fn on_exhausted(entries: &Entries, order: &Order, cx: &mut Ctxt) -> OnExhausted {
    let words = [("park", OnExhausted::Park), ("continue", OnExhausted::Continue), ("halt", OnExhausted::Halt)];
    let possible = "`on_exhausted` is \"park\", \"continue\" or \"halt\"";
    let (default, instead_of_park) = match order {
        Order::Stream | Order::Key(_) => (OnExhausted::Park, None),
        Order::Global => (OnExhausted::Halt, Some(PARK_ALL)),
        Order::None => (OnExhausted::Continue, Some(PARK_NONE)),
    };
    let Some(text) = entries.text("on_exhausted") else { return default };
    let Some(said) = word(&words, text, possible, cx) else { return default };
    if let (OnExhausted::Park, Some(reason)) = (said, instead_of_park) {
        cx.error(text, reason);
    }
    said
}

/// The number of lanes, or of calls in one.
fn count(entries: &Entries, key: &'static str, order: &Order, cx: &mut Ctxt) -> Option<u32> {
    let number = entries.number(key)?;
    let count = u32::try_from(number.value).ok().filter(|count| (1..=MOST).contains(count));
    match (count, order) {
        (None, _) => cx.error(&number.tokens, format_args!("`{key}` is a number between 1 and {MOST}")),
        (Some(2..), Order::Global) => cx.error(
            &number.tokens,
            format_args!("with `order = \"global\"` one event is handled after the other: leave `{key}` out, or choose another order"),
        ),
        _ => {}
    }
    count
}

/// How many events a batch has at most.
fn batch(entries: &Entries, cx: &mut Ctxt) -> Option<u32> {
    let number = entries.number("batch")?;
    let limit = u32::try_from(number.value).ok().filter(|limit| (1..=MOST_AT_ONCE).contains(limit));
    if limit.is_none() {
        cx.error(&number.tokens, format_args!("`batch` is a number between 1 and {MOST_AT_ONCE}"));
    }
    limit
}

/// The version, from the second on: it begins anew, beside the one before.
fn version(entries: &Entries, cx: &mut Ctxt) -> Option<u32> {
    let number = entries.number("version")?;
    let version = u32::try_from(number.value).ok().filter(|version| (1..=MOST_VERSIONS).contains(version));
    let Some(version) = version else {
        cx.error(&number.tokens, format_args!("`version` is a number between 1 and {MOST_VERSIONS}"));
        return None;
    };
    if version > 1 {
        if let Some(from) = entries.text("from").filter(|from| from.value() == "now") {
            cx.error(
                from,
                "a new version makes anew what the old one has made: `from = \"start\"`; or leave `version` out",
            );
        }
        if let Some(old) = entries.key("renamed_from") {
            cx.error(old, "a new version begins beside the old one and takes over nothing of it: leave `renamed_from` out, and keep the name by `name = \"…\"`");
        }
    }
    Some(version).filter(|version| *version > 1)
}

/// What a word in quotes stands for.
fn word<T: Clone>(words: &[(&str, T)], text: &LitStr, possible: &str, cx: &mut Ctxt) -> Option<T> {
    let value = text.value();
    let found = words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| meaning.clone());
    if found.is_none() {
        match closest(&value, words.iter().map(|(word, _)| *word)) {
            Some(meant) => cx.error(text, format_args!("unknown value: did you mean \"{meant}\"? {possible}")),
            None => cx.error(text, format_args!("unknown value: {possible}")),
        }
    }
    found
}
