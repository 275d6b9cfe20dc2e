//! Names its own library.

events::link!(own);

fn main() {
    report::print();
}
