//! Names `plug` in the shortest way.

use plug as _;

fn main() {
    report::print();
}
