//! Doesn't name its own library.

fn main() {
    report::print();
}
