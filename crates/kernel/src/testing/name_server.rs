//! A DNS server of a test's own: answers TXT questions from a table and keeps what it was asked.
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// What an answer over UDP holds at the most; a longer one is asked for again over TCP.
const UDP_BYTES_MAX: usize = 512;
const TXT: u16 = 16;
const NO_SUCH_NAME: u8 = 3;
const REFUSED: u8 = 5;

/// A DNS server on a port of its own, over UDP and TCP, until it is dropped.
pub struct NameServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    texts: Mutex<HashMap<String, Vec<String>>>,
    asked: Mutex<Vec<String>>,
    silent: AtomicBool,
    refusing: AtomicBool,
    stopped: AtomicBool,
}

impl NameServer {
    /// Starts a server that knows no name.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let (tcp, udp, address) = std::iter::repeat_with(bind).flatten().next().unwrap();
        let it = shared.clone();
        std::thread::spawn(move || it.serve_udp(&udp));
        let it = shared.clone();
        std::thread::spawn(move || it.serve_tcp(&tcp));
        Self { address, shared }
    }
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    /// Has a name answered with these texts.
    pub fn set_texts(&self, name: &str, texts: &[&str]) {
        let texts = texts.iter().map(|&it| it.to_owned()).collect();
        self.shared.texts.lock().insert(name.to_owned(), texts);
    }
    /// Forgets all names, and what it was asked.
    pub fn forget(&self) {
        self.shared.texts.lock().clear();
        self.shared.asked.lock().clear();
    }
    /// The names that it was asked for, in the order of the questions.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().clone()
    }
    /// Leaves questions without an answer.
    pub fn be_silent(&self) {
        self.shared.silent.store(true, Ordering::SeqCst);
    }
    /// Refuses questions from now on, or no more.
    pub fn refuse(&self, refuse: bool) {
        self.shared.refusing.store(refuse, Ordering::SeqCst);
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Both threads wake up, and see that they are to stop.
        drop(TcpStream::connect(self.address));
        let knock = UdpSocket::bind("127.0.0.1:0").and_then(|it| it.send_to(&[0], self.address));
        drop(knock);
    }
}

impl Shared {
    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            if self.stopped() {
                return;
            }
            let Some(mut answer) = self.answer(&buffer[..length]) else { continue };
            if answer.len() > UDP_BYTES_MAX {
                // Only the header and the question, marked as cut off.
                answer.truncate(length.min(answer.len()));
                answer[2] |= 0b10;
                answer[6..8].copy_from_slice(&[0, 0]);
            }
            drop(socket.send_to(&answer, from));
        }
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        while let Ok((mut stream, _)) = listener.accept() {
            if self.stopped() {
                return;
            }
            drop(self.converse(&mut stream));
        }
    }

    fn converse(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question)?;
        let Some(answer) = self.answer(&question) else { return Ok(()) };
        let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length, &*answer].concat())
    }

    /// The answer to a question (RFC 1035 §4); none to what is no question.
    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let (name, end) = read_name(question)?;
        let kind = u16::from_be_bytes([*question.get(end)?, *question.get(end + 1)?]);
        self.asked.lock().push(name.clone());
        if self.silent.load(Ordering::SeqCst) {
            return None;
        }
        let texts = self.texts.lock().get(&name).cloned();
        let code = match &texts {
            _ if self.refusing.load(Ordering::SeqCst) => REFUSED,
            Some(_) => 0,
            None => NO_SUCH_NAME,
        };
        let texts = texts.filter(|_| kind == TXT && code == 0).unwrap_or_default();
        let count = u16::try_from(texts.len()).unwrap().to_be_bytes();
        let mut answer = question[..2].to_vec();
        answer.extend([0x81, 0x80 | code, 0, 1, count[0], count[1], 0, 0, 0, 0]);
        answer.extend(&question[12..end + 4]);
        for text in texts {
            let data: Vec<u8> = match text.as_bytes() {
                [] => vec![0],
                // One string of a record has at most 255 bytes.
                bytes => bytes.chunks(255).flat_map(string).collect(),
            };
            // The name is that at byte 12; type TXT, class IN, one second to live.
            answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 1]);
            answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            answer.extend(data);
        }
        Some(answer)
    }
}

/// One port for both; none where what is free for TCP is not so for UDP.
fn bind() -> Option<(TcpListener, UdpSocket, SocketAddr)> {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    UdpSocket::bind(address).ok().map(|udp| (tcp, udp, address))
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    [&[length], bytes].concat()
}

/// The name that is asked for, and where it ends.
fn read_name(question: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join(".").to_lowercase(), at));
        }
        labels.push(String::from_utf8_lossy(question.get(at..at + length)?).into_owned());
        at += length;
    }
}
