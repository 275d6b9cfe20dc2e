//! Has `plug` in its `Cargo.toml` and names it nowhere.

fn main() {
    report::print();
}
