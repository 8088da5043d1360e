//! An application on this machine that is called by HTTP, and answers as a test tells it to.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its path.
    pub path: String,
    /// Its headers, whose names are in small letters.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

/// What a request is answered.
#[derive(Clone, Debug)]
pub enum Answering {
    /// This status, with this body.
    With(u16, String),
    /// 302 to this address.
    Redirect(String),
    /// Nothing, until the application ends.
    Hang,
    /// The connection ends without an answer.
    Close,
}

type Answer = Box<dyn FnMut(&Received) -> Answering + Send>;

/// The application. It ends with the test.
pub struct Receiver {
    /// Where it is.
    pub url: String,
    state: Arc<State>,
}

struct State {
    answer: Mutex<Answer>,
    received: Mutex<Vec<Received>>,
    hanging: Mutex<Vec<TcpStream>>,
}

impl Receiver {
    /// Starts one that answers 204.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer: Answer = Box::new(|_| Answering::With(204, String::new()));
        let state = Arc::new(State {
            answer: Mutex::new(answer),
            received: Mutex::default(),
            hanging: Mutex::default(),
        });
        let of_thread = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = of_thread.clone();
                std::thread::spawn(move || state.serve(&stream));
            }
        });
        Self { url, state }
    }
    /// Answers so from now on.
    pub fn answers(&self, answer: impl FnMut(&Received) -> Answering + Send + 'static) {
        *self.state.answer.lock() = Box::new(answer);
    }
    /// The requests that came and were not looked at yet.
    pub fn all(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.received.lock())
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(received) = read(&mut reader) {
            self.received.lock().push(received.clone());
            let answering = (self.answer.lock())(&received);
            let text = match answering {
                Answering::With(status, body) => {
                    let is_json = body.starts_with('{');
                    let kind = if is_json { "content-type: application/json\r\n" } else { "" };
                    let length = body.len();
                    format!("HTTP/1.1 {status} So\r\n{kind}content-length: {length}\r\n\r\n{body}")
                }
                Answering::Redirect(to) => {
                    format!("HTTP/1.1 302 There\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
                }
                Answering::Hang => {
                    self.hanging.lock().push(stream.try_clone().unwrap());
                    return;
                }
                Answering::Close => return,
            };
            let mut stream = stream;
            if stream.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Received> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let header = |line: &String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: BTreeMap<_, _> = lines.iter().skip(1).filter_map(header).collect();
    let length = headers.get("content-length").map_or(Ok(0), |it| it.parse()).ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).ok()? })
}
