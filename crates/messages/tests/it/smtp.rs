//! Mail over SMTP, against a receiver on loopback.
use std::sync::Arc;

use rustls::ServerConfig;
use vestibule_kernel::context::Extensions;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, on_sqlite_with};
use vestibule_kernel::{Kind, job};
use vestibule_messages::{HANDLERS, Mail, MailSender, Outbox, Security, Smtp, SmtpOptions, inbox};

use crate::receiver::{Manners, Received, Receiver};
use crate::{DOMAINS, send};

fn options(receiver: &Receiver) -> SmtpOptions {
    SmtpOptions {
        port: Some(receiver.address.port()),
        security: Security::None,
        ..SmtpOptions::new("127.0.0.1", "Acme Sign-in <mail@acme.test>")
    }
}

fn with_smtp(options: SmtpOptions, case: impl FnOnce(&World)) {
    let outbox = Outbox::Smtp(Smtp::new(options).unwrap());
    on_sqlite_with(DOMAINS, Extensions::default().with(outbox), case);
}

fn magic() -> Mail {
    Mail::MagicAuth { code: "493021".to_owned() }
}

fn only(receiver: &Receiver) -> Received {
    let mut mails: Vec<_> = receiver.mails.try_iter().collect();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

/// A server certificate for 127.0.0.1, and the authority that made it, as PEM.
fn certificate() -> (Arc<ServerConfig>, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem().into_bytes())
}

#[test]
fn a_mail_reaches_the_server_in_both_forms_and_not_the_inbox() {
    let receiver = Receiver::start(Manners::default());
    with_smtp(options(&receiver), |world| {
        send(world, "ada@acme.test", magic());
        world.drain();
        let mail = only(&receiver);
        assert_eq!(mail.from, "MAIL FROM:<mail@acme.test>");
        assert_eq!(mail.to, ["RCPT TO:<ada@acme.test>"]);
        for line in [
            "From: \"Acme Sign-in\" <mail@acme.test>",
            "To: ada@acme.test",
            "Subject: Your sign-in code",
            "Date: Thu, 15 Jan 2026 12:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(mail.headers().contains(line), "{line} in {}", mail.headers());
        }
        assert!(mail.headers().contains("Message-ID: <message_"), "{}", mail.headers());
        assert!(mail.data.contains("text/plain") && mail.data.contains("text/html"));
        assert!(mail.data.contains("\r\n    493021\r\n"), "{}", mail.data);
        assert!(world.flow().read(inbox::list).unwrap().is_empty());
    });
}

#[test]
fn mails_of_an_environment_come_from_its_own_address() {
    let receiver = Receiver::start(Manners::default());
    with_smtp(options(&receiver), |world| {
        let sender = MailSender { address: Some("login@example.test".to_owned()) };
        world.flow().write(move |cx| cx.set(&sender)).unwrap();
        send(world, "ada@acme.test", magic());
        world.drain();
        let mail = only(&receiver);
        assert_eq!(mail.from, "MAIL FROM:<login@example.test>");
        assert!(mail.headers().contains("From: \"Acme Sign-in\" <login@example.test>"));
        assert!(mail.headers().contains("@example.test>\r\n"), "{}", mail.headers());
    });
}

#[test]
fn user_and_password_go_over_starttls_alone() {
    let (tls, authority) = certificate();
    let receiver = Receiver::start(Manners { tls: Some(tls), ..Manners::default() });
    let options = SmtpOptions {
        security: Security::StartTls,
        credentials: Some(("user".to_owned(), Secret::new("pass"))),
        authority: Some(authority),
        ..options(&receiver)
    };
    with_smtp(options, |world| {
        send(world, "ada@acme.test", magic());
        world.drain();
        let mail = only(&receiver);
        assert!(mail.encrypted);
        assert_eq!(mail.login.as_deref(), Some("AHVzZXIAcGFzcw=="));
    });
}

#[test]
fn tls_from_the_first_byte_works() {
    let (tls, authority) = certificate();
    let receiver = Receiver::start(Manners { tls: Some(tls), wrapped: true, refusal: None });
    let options =
        SmtpOptions { security: Security::Tls, authority: Some(authority), ..options(&receiver) };
    with_smtp(options, |world| {
        send(world, "ada@acme.test", magic());
        world.drain();
        assert!(only(&receiver).encrypted);
    });
}

#[test]
fn a_server_that_offers_no_starttls_gets_neither_password_nor_mail() {
    let receiver = Receiver::start(Manners::default());
    let options = SmtpOptions {
        security: Security::StartTls,
        credentials: Some(("user".to_owned(), Secret::new("pass"))),
        ..options(&receiver)
    };
    let smtp = Smtp::new(options).unwrap();
    assert_eq!(smtp.check().unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(receiver.mails.try_iter().count(), 0);
}

#[test]
fn a_server_with_a_certificate_that_nobody_vouches_for_gets_no_mail() {
    let (tls, _) = certificate();
    let receiver = Receiver::start(Manners { tls: Some(tls), ..Manners::default() });
    let options = SmtpOptions { security: Security::StartTls, ..options(&receiver) };
    let smtp = Smtp::new(options).unwrap();
    assert_eq!(smtp.check().unwrap_err().kind(), Kind::Unavailable);
}

#[test]
fn plain_smtp_is_refused_to_another_machine() {
    let options = SmtpOptions {
        security: Security::None,
        ..SmtpOptions::new("mail.acme.test", "mail@acme.test")
    };
    let error = Smtp::new(options).unwrap_err();
    assert!(error.message().contains("'mail.acme.test' is another machine"), "{error}");
}

#[test]
fn a_sender_that_is_no_address_is_refused_at_the_start() {
    for from in ["", "acme", "a@b.test\r\nBcc: eve@evil.test", "a@b.test, c@d.test"] {
        let error = Smtp::new(SmtpOptions::new("localhost", from)).unwrap_err();
        assert!(error.message().contains("is no sender"), "{from}: {error}");
    }
}

#[test]
fn header_injection_through_addresses_and_names_is_impossible() {
    let receiver = Receiver::start(Manners::default());
    with_smtp(options(&receiver), |world| {
        let addresses = [
            "ada@acme.test\r\nBcc: eve@evil.test",
            "ada@acme.test>\r\nRCPT TO:<eve@evil.test",
            "ada@acme.test,eve@evil.test",
            "Ada <ada@acme.test>\nBcc: eve@evil.test",
            "\"ada\r\nBcc: eve@evil.test\"@acme.test",
        ];
        for address in addresses {
            send(world, address, magic());
        }
        world.drain();
        assert_eq!(receiver.mails.try_iter().count(), 0, "what is no address gets no mail");

        for name in [
            "Acme\r\nBcc: eve@evil.test\r\n\r\n<h1>",
            "Acmé\nBcc: eve@evil.test",
            "A\u{2028}B\rBcc: eve@evil.test",
        ] {
            let mail = Mail::Invitation {
                url: "https://auth.acme.test/".to_owned(),
                organization: Some(name.to_owned()),
                inviter: Some(name.to_owned()),
            };
            send(world, "ada@acme.test", mail);
            world.drain();
            let mail = only(&receiver);
            assert_eq!(mail.to, ["RCPT TO:<ada@acme.test>"]);
            let bcc = mail.headers().lines().find(|it| it.to_lowercase().starts_with("bcc"));
            assert_eq!(bcc, None, "{}", mail.headers());
        }
    });
}

#[test]
fn a_mail_that_is_tried_again_has_the_same_id() {
    let receiver = Receiver::start(Manners::default());
    with_smtp(options(&receiver), |world| {
        send(world, "ada@acme.test", magic());
        let payload = {
            let sealed = world.flow().read(|cx| {
                let sql = "SELECT payload FROM jobs WHERE environment_id = $1";
                let values = [cx.environment.into()];
                cx.db().first(sql, &values)?.unwrap().take::<Vec<u8>>()
            });
            world.app.sealer().open("jobs.payload", &sealed.unwrap()).unwrap()
        };
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        let handler = HANDLERS.iter().find(|it| it.kind == "mail.send").unwrap();
        for _ in 0..2 {
            (handler.run)(&world.flow(), payload.clone()).unwrap();
        }
        world.drain();
        let ids: Vec<String> = receiver
            .mails
            .try_iter()
            .map(|it| {
                it.headers().lines().find(|it| it.starts_with("Message-ID")).unwrap().to_owned()
            })
            .collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|it| it == &ids[0]), "{ids:?}");
    });
}

#[test]
fn a_server_that_is_busy_is_tried_again_and_an_expired_mail_is_not() {
    let busy = Manners { refusal: Some(("MAIL", "421 try later")), ..Manners::default() };
    let receiver = Receiver::start(busy);
    with_smtp(options(&receiver), |world| {
        send(world, "ada@acme.test", magic());
        world.drain();
        let waiting = |world: &World| {
            let sql = "SELECT attempts FROM jobs WHERE environment_id = $1";
            world
                .flow()
                .read(|cx| {
                    let values = [cx.environment.into()];
                    cx.db().first(sql, &values)?.map(|mut it| it.take::<i64>()).transpose()
                })
                .unwrap()
        };
        assert_eq!(waiting(world), Some(1));
        world.clock.advance_seconds(10);
        world.drain();
        assert_eq!(waiting(world), Some(2));
        world.clock.advance_seconds(600);
        world.drain();
        assert_eq!(waiting(world), None, "after ten minutes nobody wants the code");
        assert_eq!(job::backlog(&world.app).unwrap(), (0, 0));
    });
}

#[test]
fn a_mailbox_that_does_not_exist_is_not_tried_again() {
    let strict = Manners { refusal: Some(("RCPT", "550 no such user")), ..Manners::default() };
    let receiver = Receiver::start(strict);
    with_smtp(options(&receiver), |world| {
        send(world, "nobody@acme.test", magic());
        world.drain();
        assert_eq!(job::backlog(&world.app).unwrap(), (0, 0));
    });
}
