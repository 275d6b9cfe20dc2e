//! Names `plug` and says why.

events::link!(plug);

fn main() {
    report::print();
}
