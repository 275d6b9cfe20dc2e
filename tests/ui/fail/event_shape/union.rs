use events::prelude::*;

#[derive(Clone, Copy, EventShape)]
union Bits {
    number: u32,
    bytes: [u8; 4],
}

fn main() {}
