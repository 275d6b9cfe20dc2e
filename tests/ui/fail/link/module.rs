mod billing {}

events::link!(billing);

fn main() {}
