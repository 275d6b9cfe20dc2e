use events::FromContext;

#[derive(FromContext)]
union Either {
    attempt: u32,
    other: f32,
}

fn main() {}
