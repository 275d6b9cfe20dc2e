//! Doesn't name the library that it is to test.

#[test]
fn report() {
    report::print();
}
