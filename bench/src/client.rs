//! A small HTTP/1.1 client on kept connections: it costs little, so that what is measured is the
//! server and not the client beside it.
use std::fmt::Write;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What was answered.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// Connects to `host:port`.
    pub async fn connect(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a finished request and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, length) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break (end + 4, content_length(&self.buffer[..end]));
            }
        };
        while self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|it| it.parse().ok());
        let body = self.buffer[head..head + length].to_vec();
        Ok(Answer { status: status.unwrap_or_default(), body })
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|it| it == what)
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head.lines().find_map(|it| it.strip_prefix("content-length:"));
    line.and_then(|it| it.trim().parse().ok()).unwrap_or(0)
}

/// A finished request.
pub fn request(method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n");
    if !key.is_empty() {
        write!(text, "authorization: Bearer {key}\r\n").ok();
    }
    if !body.is_empty() {
        write!(text, "content-type: application/json\r\ncontent-length: {}\r\n", body.len()).ok();
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// What a load came to.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Answers in a second.
    pub rate: f64,
    /// The time that half of the answers took at the most.
    pub p50: Duration,
    /// The time that 95 % of the answers took at the most.
    pub p95: Duration,
    /// The time that 99 % of the answers took at the most.
    pub p99: Duration,
    /// How many answers were not those expected.
    pub failed: usize,
}

/// Sends requests over `connections` connections for `time`. `make` makes the n-th request of a
/// connection from the answer to the one before.
pub async fn load<F>(address: &str, connections: usize, time: Duration, make: F) -> Measured
where
    F: Fn(usize, usize, Option<&Answer>) -> Vec<u8> + Clone + Send + Sync + 'static,
{
    let started = now();
    let mut tasks = Vec::new();
    for connection in 0..connections {
        let (address, make) = (address.to_owned(), make.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            let mut failed = 0;
            let Ok(mut client) = Client::connect(&address).await else { return (times, 1) };
            let mut last: Option<Answer> = None;
            let mut n = 0;
            while started.elapsed() < time {
                let request = make(connection, n, last.as_ref());
                n += 1;
                let sent = now();
                match client.send(&request).await {
                    Ok(answer) => {
                        times.push(sent.elapsed());
                        failed += usize::from(answer.status >= 300);
                        last = Some(answer);
                    }
                    Err(_) => return (times, failed + 1),
                }
            }
            (times, failed)
        }));
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    for task in tasks {
        match task.await {
            Ok((of_one, wrong)) => {
                times.extend(of_one);
                failed += wrong;
            }
            Err(_) => failed += 1,
        }
    }
    let elapsed = started.elapsed().as_secs_f64();
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list of measurements"
    )]
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied();
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let rate = times.len() as f64 / elapsed;
    let at = |share: f64| at(share).unwrap_or_default();
    Measured { rate, p50: at(0.5), p95: at(0.95), p99: at(0.99), failed }
}

/// The present instant.
pub fn now() -> Instant {
    Instant::now()
}
