//! Names a handler of `plug`.

fn main() {
    println!("listed: {:?}", events::handlers![plug::on_plugged]);
    report::print();
}
