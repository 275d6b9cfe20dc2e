//! Depends on `plugin` as on any library.

events::link!(plugin);

fn main() {
    report::print();
}
