use events::prelude::*;

#[derive(Clone, Copy, EventShape)]
#[event_shape(crat = "events", crate = 1)]
union Bits {
    number: u32,
    bytes: [u8; 4],
}

fn main() {}
