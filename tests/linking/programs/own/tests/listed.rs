//! Names a handler of the library that it is to test.

#[test]
fn report() {
    println!("listed: {:?}", events::handlers![own::on_owned]);
    report::print();
}
