//! Text messages through a webhook and through Twilio's API, against a receiver on loopback.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Queue, channel};

use vestibule_kernel::context::{Extensions, Options};
use vestibule_kernel::job;
use vestibule_kernel::net::PrivateTargets;
use vestibule_kernel::secret::{Secret, signature};
use vestibule_kernel::testing::{World, on_sqlite_with};
use vestibule_messages::{Carrier, inbox, send_text};

use crate::DOMAINS;

const NUMBER: &str = "+15555550100";
const TEXT: &str = "Your code is 493021. & more";

/// A request as it came over the wire.
#[derive(Debug)]
struct Posted {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Posted {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|it| it.0.eq_ignore_ascii_case(name));
        found.map(|it| it.1.as_str()).unwrap_or_default()
    }
}

/// A provider that answers these statuses and bodies, one after the other. It ends with the test's
/// process.
fn provider(answers: &[(u16, &str)]) -> (SocketAddr, Queue<Posted>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Vec<(u16, String)> = answers.iter().map(|it| (it.0, it.1.to_owned())).collect();
    let (sender, posted) = channel();
    std::thread::spawn(move || {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            sender.send(read(&stream)).unwrap();
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}");
            write!(stream, "{head}\r\n\r\n{body}").unwrap();
        }
    });
    (address, posted)
}

fn read(stream: &TcpStream) -> Posted {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            it => lines.push(it.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|it| it.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut posted = Posted { line: lines[0].clone(), headers, body: String::new() };
    let length: usize = posted.header("content-length").parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    posted.body = String::from_utf8(body).unwrap();
    posted
}

fn with_carrier(carrier: Carrier, case: impl FnOnce(&World)) {
    on_sqlite_with(DOMAINS, Extensions::default().with(carrier), case);
}

fn webhook(address: SocketAddr) -> Carrier {
    let secret = Some(Secret::new("whsec_test"));
    Carrier::at(&format!("http://{address}/sms"), None, secret).unwrap()
}

fn twilio(address: SocketAddr, from: &str) -> Carrier {
    Carrier::at(&format!("twilio+http://AC01:t%2Foken@{address}"), Some(from), None).unwrap()
}

fn send(world: &World, to: &'static str, seconds: i64) {
    let write = move |cx: &mut vestibule_kernel::Cx<'_>| {
        let expires_at = cx.now().plus_seconds(seconds);
        send_text(cx, to, TEXT, Some(expires_at))
    };
    world.flow().write(write).unwrap();
}

#[test]
fn a_webhook_gets_the_message_once_with_a_signature_that_the_sdks_verify() {
    let (address, posted) = provider(&[(204, "")]);
    with_carrier(webhook(address), |world| {
        send(world, NUMBER, 600);
        world.drain();
        let posted = posted.try_recv().unwrap();
        assert_eq!(posted.line, "POST /sms HTTP/1.1");
        let body: serde_json::Value = serde_json::from_str(&posted.body).unwrap();
        let id = body["id"].as_str().unwrap();
        assert!(id.starts_with("message_"), "{id}");
        assert_eq!((body["to"].as_str(), body["text"].as_str()), (Some(NUMBER), Some(TEXT)));
        assert_eq!(body["expires_at"], "2026-01-15T12:10:00.000Z");
        let now = world.app.now();
        let expected = signature(&Secret::new("whsec_test"), now, posted.body.as_bytes());
        assert_eq!(posted.header("workos-signature"), expected);
        assert!(world.flow().read(inbox::list).unwrap().is_empty(), "it was sent, not kept");
    });
}

#[test]
fn twilio_gets_a_form_from_the_sender_that_was_set() {
    for (from, field) in
        [("+15555550199", "From=%2B15555550199"), ("MG01", "MessagingServiceSid=MG01")]
    {
        let (address, posted) = provider(&[(201, r#"{"sid":"SM01"}"#)]);
        with_carrier(twilio(address, from), |world| {
            send(world, NUMBER, 600);
            world.drain();
            let posted = posted.try_recv().unwrap();
            assert_eq!(posted.line, "POST /2010-04-01/Accounts/AC01/Messages.json HTTP/1.1");
            // `AC01:t/oken` in base64.
            assert_eq!(posted.header("authorization"), "Basic QUMwMTp0L29rZW4=");
            assert_eq!(posted.header("content-type"), "application/x-www-form-urlencoded");
            let text = "Your+code+is+493021.+%26+more";
            assert_eq!(posted.body, format!("To=%2B15555550100&{field}&Body={text}"));
        });
    }
}

#[test]
fn a_carrier_that_fails_is_asked_again_with_the_same_message() {
    let (address, posted) = provider(&[(503, "busy"), (401, ""), (200, "")]);
    with_carrier(webhook(address), |world| {
        send(world, NUMBER, 600);
        for _ in 0..3 {
            world.drain();
            world.clock.advance_seconds(60);
        }
        let ids: Vec<String> = posted
            .try_iter()
            .map(|it| {
                serde_json::from_str::<serde_json::Value>(&it.body).unwrap()["id"].to_string()
            })
            .collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|it| *it == ids[0]), "{ids:?}");
    });
}

#[test]
fn a_message_that_a_carrier_refuses_for_good_is_not_tried_again() {
    let refusal = r#"{"code":21211,"message":"The number +15555550100 is not valid","status":400}"#;
    let (address, posted) = provider(&[(400, refusal)]);
    with_carrier(twilio(address, "Acme"), |world| {
        send(world, NUMBER, 600);
        world.drain();
        world.clock.advance_seconds(3600);
        world.drain();
        assert_eq!(posted.try_iter().count(), 1);
        assert_eq!(job::backlog(&world.app).unwrap(), (0, 0));
    });
}

#[test]
fn a_code_that_has_expired_is_not_sent() {
    let (address, posted) = provider(&[]);
    with_carrier(webhook(address), |world| {
        send(world, NUMBER, 600);
        world.clock.advance_seconds(600);
        world.drain();
        assert_eq!(posted.try_iter().count(), 0);
    });
}

#[test]
fn what_is_no_number_never_leaves_and_cannot_become_a_field_of_its_own() {
    let (address, posted) = provider(&[]);
    with_carrier(twilio(address, "Acme"), |world| {
        send(world, "+1555&From=evil", 600);
        world.drain();
        assert_eq!(posted.try_iter().count(), 0);
    });
}

#[test]
fn a_carrier_inside_of_the_network_is_reached_only_where_that_was_allowed() {
    let carrier = webhook(SocketAddr::from(([127, 0, 0, 1], 9)));
    let net = |private_targets| Options { private_targets, ..Options::default() };
    vestibule_kernel::testing::each_engine_with(DOMAINS, &net(PrivateTargets::None), |world| {
        assert!(carrier.check(world.app.net().http()).is_err());
    });
    vestibule_kernel::testing::each_engine_with(DOMAINS, &net(PrivateTargets::All), |world| {
        assert!(carrier.check(world.app.net().http()).is_ok());
    });
}

#[test]
fn the_form_of_a_carrier_for_logs_shows_no_password() {
    let carrier = Carrier::at("twilio://AC01:hunter2@api.twilio.com", Some("Acme"), None).unwrap();
    assert!(!format!("{carrier:?}").contains("hunter2"));
}
