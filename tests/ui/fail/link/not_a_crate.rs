events::link!(biling);

fn main() {}
