//! Names a handler of its own library.

fn main() {
    println!("listed: {:?}", events::handlers![own::on_owned]);
    report::print();
}
