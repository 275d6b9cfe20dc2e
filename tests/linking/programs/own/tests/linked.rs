//! Names the library that it is to test.

events::link!(own);

#[test]
fn report() {
    report::print();
}
