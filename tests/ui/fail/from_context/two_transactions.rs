use events::prelude::*;
use events::FromContext;

struct Connection;

#[derive(FromContext)]
struct Both<'c>(Tx<&'c mut Connection>, Tx<&'c mut Connection>);

fn main() {}
