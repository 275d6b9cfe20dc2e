use events::prelude::*;

#[derive(DomainEvent)]
#[event(no_stream)]
struct Painted {
    colour: String,
}

fn main() {}
