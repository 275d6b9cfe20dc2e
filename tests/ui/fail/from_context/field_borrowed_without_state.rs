use events::FromContext;

struct Mailer;

#[derive(FromContext)]
struct Mail<'c>(&'c Mailer);

fn main() {}
