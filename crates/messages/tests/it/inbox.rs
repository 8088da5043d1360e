//! The built-in inbox.
use vestibule_branding::Branding;
use vestibule_kernel::testing::each_engine;
use vestibule_messages::Mail;
use vestibule_messages::inbox::{self, Kind, MESSAGES_MAX};

use crate::{DOMAINS, send};

fn magic(code: &str) -> Mail {
    Mail::MagicAuth { code: code.to_owned() }
}

#[test]
fn without_a_mail_server_a_mail_is_in_the_inbox() {
    each_engine(DOMAINS, |world| {
        let application =
            Branding { application_name: Some("Acme".to_owned()), ..Branding::default() };
        world.flow().write(move |cx| cx.set(&application)).unwrap();
        send(world, "ada@acme.test", magic("111111"));
        world.clock.advance_seconds(1);
        send(world, "grace@acme.test", magic("222222"));
        world.drain();
        let messages = world.flow().read(inbox::list).unwrap();
        let to: Vec<_> = messages.iter().map(|it| it.to.as_str()).collect();
        assert_eq!(to, ["grace@acme.test", "ada@acme.test"], "newest first");
        let first = &messages[1];
        assert_eq!(first.kind, Kind::Mail);
        assert_eq!(first.subject.as_deref(), Some("Your sign-in code for Acme"));
        assert!(first.text.contains("111111"));
        assert!(first.html.as_ref().is_some_and(|it| it.contains("111111")));
        let read = world.flow().read(|cx| inbox::get(cx, &first.id)).unwrap();
        assert_eq!(read.map(|it| it.text), Some(first.text.clone()));
    });
}

#[test]
fn a_text_message_is_in_the_inbox_without_a_subject() {
    each_engine(DOMAINS, |world| {
        let send = |cx: &mut vestibule_kernel::Cx<'_>| {
            vestibule_messages::send_text(cx, "+15555550100", "Your code is 333333.", None)
        };
        world.flow().write(send).unwrap();
        world.drain();
        let messages = world.flow().read(inbox::list).unwrap();
        let [message] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!((message.kind, message.to.as_str()), (Kind::Sms, "+15555550100"));
        assert_eq!((message.subject.as_deref(), message.html.as_deref()), (None, None));
        assert_eq!(message.text, "Your code is 333333.");
    });
}

#[test]
fn the_database_holds_no_code_in_the_clear() {
    each_engine(DOMAINS, |world| {
        send(world, "ada@acme.test", magic("444444"));
        world.drain();
        let contents = world.flow().read(|cx| {
            let sql = "SELECT content FROM inbox_messages WHERE environment_id = $1";
            let values = [cx.environment.into()];
            cx.db().query(sql, &values)?.into_iter().map(|mut it| it.take::<Vec<u8>>()).collect()
        });
        let contents: Vec<Vec<u8>> = contents.unwrap();
        assert_eq!(contents.len(), 1);
        let shown = String::from_utf8_lossy(&contents[0]).into_owned();
        assert!(!shown.contains("444444") && !shown.contains("ada@"), "{shown}");
    });
}

#[test]
fn the_inbox_of_another_environment_is_out_of_sight() {
    each_engine(DOMAINS, |world| {
        send(world, "ada@acme.test", magic("555555"));
        world.drain();
        let message = world.flow().read(inbox::list).unwrap().remove(0);
        let (other, _) = world.other_environment();
        let other = world.app.system(&other);
        assert!(other.read(inbox::list).unwrap().is_empty());
        assert!(other.read(|cx| inbox::get(cx, &message.id)).unwrap().is_none());
    });
}

#[test]
fn only_the_newest_messages_are_kept() {
    each_engine(DOMAINS, |world| {
        // Rows as the inbox writes them; going through the job for each would take a minute.
        world
            .flow()
            .write(|cx| {
                for n in 0..MESSAGES_MAX {
                    let sql = "INSERT INTO inbox_messages (environment_id, id, content, created_at)
                           VALUES ($1, $2, $3, $4)";
                    let at = cx.now().plus_seconds(n - 5000);
                    let sealed = cx.seal("inbox_messages.content", OLD)?;
                    let values = [
                        cx.environment.into(),
                        format!("message_{n:04}").into(),
                        sealed.into(),
                        at.into(),
                    ];
                    cx.db().execute(sql, &values)?;
                }
                Ok(())
            })
            .unwrap();
        send(world, "ada@acme.test", magic("666666"));
        world.drain();
        let messages = world.flow().read(inbox::list).unwrap();
        assert_eq!(messages.len(), usize::try_from(MESSAGES_MAX).unwrap());
        assert_eq!(messages[0].to, "ada@acme.test");
        assert_eq!(messages.last().map(|it| it.id.as_str()), Some("message_0001"));
    });
}

const OLD: &str = r#"{"kind":"mail","to":"old@acme.test","subject":"","text":"","html":""}"#;
