//! Somebody between a store and its server, who can cut connections where it hurts.

use std::io;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use events::store::PostgresOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Passes on what it gets, unless it was told otherwise. It ends when it is dropped.
pub(super) struct Proxy {
    port: u16,
    orders: Arc<Orders>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Orders {
    refuse: AtomicBool,
    /// The answers to requests with this text in them are cut.
    marker: Mutex<Vec<u8>>,
    /// How many of them.
    cuts: AtomicUsize,
}

impl Proxy {
    pub(super) async fn to(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).unwrap();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, orders) = (listener.local_addr().unwrap().port(), Arc::new(Orders::default()));
        let told = Arc::clone(&orders);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if told.refuse.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect((server.0.as_str(), server.1)).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&told)));
            }
        });
        Self { port, orders, task }
    }

    /// How to open a store by way of this, unencrypted: it looks at what passes.
    pub(super) fn options(&self, url: &str) -> PostgresOptions {
        let options = PgConnectOptions::from_str(url).unwrap();
        PostgresOptions::from_connect_options(options.host("127.0.0.1").port(self.port).ssl_mode(PgSslMode::Disable))
    }

    /// Whether connections are closed as soon as they are made.
    pub(super) fn refuse(&self, refuse: bool) {
        self.orders.refuse.store(refuse, Ordering::SeqCst);
    }

    /// Cuts the connection in the middle of the answer to a request that has this text in it, so
    /// often.
    pub(super) fn cut(&self, marker: &str, times: usize) {
        *self.orders.marker.lock().unwrap() = marker.as_bytes().to_vec();
        self.orders.cuts.store(times, Ordering::SeqCst);
    }

    /// How many cuts are left.
    pub(super) fn cuts_left(&self) -> usize {
        self.orders.cuts.load(Ordering::SeqCst)
    }
}

impl Orders {
    fn means(&self, request: &[u8]) -> bool {
        let marker = self.marker.lock().unwrap();
        !marker.is_empty()
            && request.windows(marker.len()).any(|part| part == marker.as_slice())
            && self.cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Until one of them has ended it. A request is small enough to come in one piece.
async fn pass(mut client: TcpStream, mut server: TcpStream, orders: Arc<Orders>) -> io::Result<()> {
    let (mut requests, mut answers) = (vec![0; 65_536], vec![0; 65_536]);
    let mut doomed = false;
    loop {
        tokio::select! {
            read = client.read(&mut requests) => {
                let request = &requests[..read?];
                if request.is_empty() {
                    return Ok(());
                }
                doomed |= orders.means(request);
                server.write_all(request).await?;
            }
            read = server.read(&mut answers) => {
                let answer = &answers[..read?];
                if answer.is_empty() {
                    return Ok(());
                }
                if doomed {
                    return client.write_all(&answer[..answer.len() / 2]).await;
                }
                client.write_all(answer).await?;
            }
        }
    }
}
