use events::prelude::*;

#[derive(DomainEvent)]
#[event(no_stream)]
union Bits {
    number: u32,
    float: f32,
}

fn main() {}
