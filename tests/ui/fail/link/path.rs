events::link!(billing::handlers);

fn main() {}
