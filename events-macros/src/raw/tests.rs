//! Whatever is half typed, the item comes out as it went in, and what could be understood of it works.

use proc_macro2::TokenStream;

/// A macro, called with options and an item.
type Macro = fn(TokenStream, TokenStream) -> TokenStream;

const HANDLER: Macro = crate::event_handler::attribute;
const AGGREGATE: Macro = crate::aggregate::attribute;

/// Options that somebody is typing; an editor closes the parentheses before it asks.
const HALF_OF_A_HANDLER: [&str; 16] = [
    "na",
    "name",
    "name =",
    "name = unfin",
    "name = \"a\" pri",
    "priority = -",
    "priority = 1 +",
    "timeout = \"5",
    "durable(",
    "durable(fr",
    "durable(from",
    "durable(from =",
    "durable(from = \"start\", order = key(",
    "retry(attempts = 3, , jit",
    "events(A,, B",
    "= ! , ;",
];

const HALF_OF_AN_AGGREGATE: [&str; 9] =
    ["na", "name", "name =", "name = wal", "name = \"wall\" sn", "id =", "id = Vec<", "snapshot_every = 1.", "("];

/// Items, some of them half typed. What is in `⟦⟧` belongs to the macro, and is taken out.
const FUNCTIONS: [&str; 9] = [
    "/// Docs. # [rustfmt::skip]\n pub(in crate::a) fn pong(event: &Ping) {}",
    "fn pong(event: &Ping) { event. }",
    "async fn pong(event: &Ping) { let mailer = ; if event.x { } else }",
    "fn pong(event: &Ping) -> Result<(), E> { match event.kind { Kind::A => , } }",
    "fn pong(event: &Ping, ) { fn inner() { event } #[event_handler] fn other(_: &Ping) {} }",
    "fn pong(event: &) {}",
    "fn pong(event) {}",
    "fn pong",
    "fn pong<T>(self, event: Ping) -> impl { x. }",
];

const BLOCKS: [&str; 8] = [
    "impl Auditor { fn paid(&self, event: &Paid) { event. } }",
    "impl Auditor { ⟦#[event_handler(durable(fr))]⟧ /// Docs.\n fn paid(&self, event: &Paid) {} const N: u8 = { fn n() {} 1 }; }",
    "impl Auditor { ⟦#[events::event_handler(name = \"paid\")]⟧ #[inline] pub async fn paid(&self, event: &Paid) { self.x( } } }",
    "impl Auditor { ⟦#[event_handler]⟧ fn paid(&self, event: &) { #[event_handler] fn inner(_: &Paid) {} } }",
    "impl Auditor { ⟦#[event_handler]⟧ fn paid(&self #[event_handler] fn sent(&self, _: &Sent) {} }",
    "impl Auditor { fn }",
    "impl EventHandler<Paid> for Auditor { fn handle(&self, event: &Paid, _: &EventMetadata) -> { event. } }",
    "impl EventHandler< for Auditor { }",
];

const AGGREGATES: [&str; 7] = [
    "impl Wall { ⟦#[when]⟧ fn painted(&mut self, event: &Painted) { self.colour = event. } }",
    "impl Wall { ⟦#[events::when]⟧ #[inline] fn painted(&mut self, event: &Painted) { let #[when] x = 1; } }",
    "impl Wall { ⟦#[when]⟧ fn painted(&mut self, event: &) {} ⟦#[when]⟧ fn mended(&mut self, _: &Mended) {} }",
    "impl Wall { ⟦#[when(]⟧",
    "impl Wall { ⟦#[when]⟧ const N: u8 = 1; pub fn paint(wall: &AggregateRoot<Wall>) -> Result< { } }",
    "⟦#[aggregate(name = \"wall\")]⟧ impl Wall { ⟦#[when]⟧ fn painted(&mut self, _: &Painted) {} }",
    "trait Wall { ⟦#[when]⟧ fn painted(&mut self, event: &Painted); }",
];

/// Closes what is open, as editors do, and leaves out what closes nothing.
fn closed(text: &str) -> TokenStream {
    let mut open = Vec::new();
    let mut closed = String::new();
    let mut in_text = false;
    for character in text.chars() {
        match character {
            '"' => in_text = !in_text,
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => {
                while let Some(expected) = open.pop_if(|last| *last != character) {
                    closed.push(expected);
                }
                if open.pop().is_none() {
                    continue;
                }
            }
            _ => {}
        }
        closed.push(character);
    }
    closed.extend(in_text.then_some('"'));
    closed.extend(open.iter().rev());
    closed.parse().unwrap()
}

/// The item as it goes in, and as it has to come out.
fn both(item: &str) -> (TokenStream, TokenStream) {
    let mut left = String::new();
    for (index, part) in item.split(['⟦', '⟧']).enumerate() {
        if index % 2 == 0 {
            left.push_str(part);
        }
    }
    (closed(&item.replace(['⟦', '⟧'], "")), closed(&left))
}

/// What follows the item.
fn expanded(attribute: Macro, options: &str, item: &str) -> String {
    let (before, after) = both(item);
    let output = attribute(closed(options), before).to_string();
    let rest = output.strip_prefix(&after.to_string());
    rest.unwrap_or_else(|| panic!("#[…({options})] {item}\nbecame\n{output}")).to_owned()
}

#[test]
fn half_typed_options_leave_the_item_alone() {
    for (attribute, options, items) in [
        (HANDLER, &HALF_OF_A_HANDLER[..], [&FUNCTIONS[..], &BLOCKS[..]].concat()),
        (AGGREGATE, &HALF_OF_AN_AGGREGATE[..], AGGREGATES.to_vec()),
    ] {
        for options in options {
            for item in &items {
                let rest = expanded(attribute, options, item);
                assert!(rest.contains("compile_error"), "{options} {item} {rest}");
            }
        }
    }
}

#[test]
fn half_typed_items_come_out_unchanged() {
    for item in [&FUNCTIONS[..], &BLOCKS[..]].concat() {
        expanded(HANDLER, "", item);
    }
    for item in AGGREGATES {
        expanded(AGGREGATE, "name = \"wall\"", item);
    }
}

#[test]
fn a_body_that_is_being_typed_is_no_obstacle() {
    let is_registered = |rest: &str| rest.contains("submit !") && !rest.contains("compile_error");
    for item in FUNCTIONS.iter().take(5).chain(&BLOCKS[..1]) {
        let rest = expanded(HANDLER, "", item);
        assert!(is_registered(&rest), "{item} {rest}");
    }
    let rest = expanded(AGGREGATE, "name = \"wall\"", AGGREGATES[0]);
    assert!(is_registered(&rest), "{rest}");
}

#[test]
fn half_typed_attributes_of_an_event_leave_a_stub() {
    for attributes in ["", "#[event]", "#[event(", "#[event(agg", "#[event(aggregate =", "#[event(version = 1 +"] {
        for field in ["", "#[event(", "#[event(i", "#[event(id) #[event(occ"] {
            let item = format!("{} struct Paid {{ {} id: u64 }}", closed(attributes), closed(field));
            let output = crate::domain_event::derive(item.parse().unwrap()).to_string();
            assert!(output.contains("compile_error"), "{item}");
            assert!(output.contains("DomainEvent for Paid"), "{item}");
        }
    }
}
