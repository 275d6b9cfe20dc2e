#[derive(FromContext)]
struct Mail<'c> {
    mailer: State<&'c Mailer>,
    metadata: &'c EventMetadata,
}
