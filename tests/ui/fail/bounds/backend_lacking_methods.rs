use events::store::StorageBackend;

struct Diary;

impl StorageBackend for Diary {
    async fn close(&self) -> Result<(), events::Error> {
        Ok(())
    }
}

fn main() {}
