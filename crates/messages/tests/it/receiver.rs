//! A little SMTP server on loopback, which keeps what it is sent.
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Queue, Sender, channel};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A mail as it came over the wire.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
    /// The argument of `AUTH PLAIN`.
    pub(crate) login: Option<String>,
    pub(crate) encrypted: bool,
}

impl Received {
    /// The lines before the first blank one.
    pub(crate) fn headers(&self) -> &str {
        self.data.split("\r\n\r\n").next().unwrap_or_default()
    }
}

/// How the server behaves.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    /// The certificate with which it can encrypt.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Whether it encrypts from the first byte.
    pub(crate) wrapped: bool,
    /// What it answers to a command (its first word) in the place of consent.
    pub(crate) refusal: Option<(&'static str, &'static str)>,
}

/// The server. It ends with the test's process.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) mails: Queue<Received>,
}

impl Receiver {
    pub(crate) fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that goes away in the middle is what some tests want.
                let _ = Session::new(stream.unwrap(), &manners, &sender).serve();
            }
        });
        Self { address, mails }
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

struct Session<'a> {
    wire: Wire,
    manners: &'a Manners,
    sender: &'a Sender<Received>,
    mail: Received,
}

impl<'a> Session<'a> {
    fn new(stream: TcpStream, manners: &'a Manners, sender: &'a Sender<Received>) -> Self {
        let mail = Received {
            from: String::new(),
            to: vec![],
            data: String::new(),
            login: None,
            encrypted: false,
        };
        Self { wire: Wire::Plain(stream), manners, sender, mail }
    }

    fn serve(mut self) -> std::io::Result<()> {
        if self.manners.wrapped {
            self = self.encrypt();
        }
        self.say("220 receiver.test ESMTP")?;
        while let Some(line) = self.line()? {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            if let Some((refused, answer)) = self.manners.refusal
                && refused == word
            {
                self.say(answer)?;
                continue;
            }
            match word.as_str() {
                "EHLO" => {
                    let offer = self.manners.tls.is_some() && !self.mail.encrypted;
                    let starttls = if offer { "250-STARTTLS\r\n" } else { "" };
                    self.say(&format!("250-receiver.test\r\n{starttls}250 AUTH PLAIN"))?;
                }
                "STARTTLS" => {
                    self.say("220 go")?;
                    self = self.encrypt();
                }
                "AUTH" => {
                    self.mail.login = Some(line["AUTH PLAIN ".len()..].to_owned());
                    self.say("235 welcome")?;
                }
                "MAIL" => {
                    self.mail.from = line;
                    self.say("250 ok")?;
                }
                "RCPT" => {
                    self.mail.to.push(line);
                    self.say("250 ok")?;
                }
                "DATA" => self.data()?,
                "QUIT" => return self.say("221 bye"),
                _ => self.say("250 ok")?,
            }
        }
        Ok(())
    }

    fn data(&mut self) -> std::io::Result<()> {
        self.say("354 go on")?;
        let mut data = String::new();
        while let Some(line) = self.line()?.filter(|it| it != ".") {
            data.push_str(&line);
            data.push_str("\r\n");
        }
        self.say("250 taken")?;
        let Received { from, to, login, encrypted, .. } = &self.mail;
        let (from, to) = (from.clone(), to.clone());
        let mail = Received { from, to, data, login: login.clone(), encrypted: *encrypted };
        self.sender.send(mail).unwrap();
        Ok(())
    }

    fn encrypt(mut self) -> Self {
        let Wire::Plain(stream) = self.wire else { panic!("already encrypted") };
        let config = self.manners.tls.clone().unwrap();
        let connection = ServerConnection::new(config).unwrap();
        self.wire = Wire::Tls(Box::new(StreamOwned::new(connection, stream)));
        self.mail.encrypted = true;
        self
    }

    fn say(&mut self, text: &str) -> std::io::Result<()> {
        let text = format!("{text}\r\n");
        match &mut self.wire {
            Wire::Plain(it) => it.write_all(text.as_bytes()),
            Wire::Tls(it) => it.write_all(text.as_bytes()).and_then(|()| it.flush()),
        }
    }

    /// Byte by byte, so that nothing of a handshake is swallowed.
    fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            let count = match &mut self.wire {
                Wire::Plain(it) => it.read(&mut byte)?,
                Wire::Tls(it) => it.read(&mut byte)?,
            };
            match byte {
                _ if count == 0 => return Ok(None),
                [b'\n'] => return Ok(Some(String::from_utf8(line).unwrap())),
                [b'\r'] => {}
                [other] => line.push(other),
            }
        }
    }
}
