//! Clients that name themselves by the address of a document.
use std::sync::mpsc;
use std::thread;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use vestibule_kernel::context::Extensions;
use vestibule_kernel::net::PrivateTargets;
use vestibule_kernel::testing::{Answering, Receiver, each_engine_with, on_sqlite_with, options};

use super::{CALLBACK, Site, asking, domains, each, text};

fn document(id: &str) -> Value {
    json!({
        "client_id": id, "client_name": "App of a document", "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    })
}

fn answers(receiver: &Receiver, body: String) {
    receiver.answers(move |_| Answering::With(200, body.clone()));
}

/// The request stays here, for want of a client.
fn refused(site: &Site<'_>, id: &str, why: &str) {
    let seen = site.get(&asking(id, &[]));
    assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{id} {}", seen.text);
    assert!(seen.headers.get(header::LOCATION).is_none());
    assert!(seen.text.contains(why), "{id}: {}", seen.text);
}

#[test]
fn a_client_is_who_its_document_says() {
    each(|site| {
        let receiver = Receiver::start();
        let id = format!("{}/client.json", receiver.url);
        answers(&receiver, document(&id).to_string());
        let page = site.get(&asking(&id, &[]));
        assert!(
            page.text.contains("App of a document") && page.text.contains("<code>127.0.0.1</code>")
        );
        let tokens = site.tokens(&id, "read");
        assert!(site.opens(text(&tokens["access_token"])));
        assert_eq!(site.listed()[0]["client"]["id"], id);
        let got = receiver.all();
        assert!(
            got.iter()
                .all(|it| it.path == "/client.json" && it.headers["accept"] == "application/json")
        );
        assert!(got.iter().all(|it| !it.headers.contains_key("cookie")));
    });
}

#[test]
fn attack_by_a_document_of_another_client_or_that_is_none_it_is_refused() {
    each(|site| {
        let receiver = Receiver::start();
        let id = format!("{}/client.json", receiver.url);
        answers(&receiver, document("https://claude.example/client.json").to_string());
        refused(site, &id, "of another client_id");
        answers(&receiver, document(&format!("{id}?x")).to_string());
        refused(site, &id, "of another client_id");
        let mut large = document(&id);
        large["logo_uri"] = "x".repeat(5 * 1024).into();
        answers(&receiver, large.to_string());
        refused(site, &id, "cannot be fetched");
        let mut proves = document(&id);
        proves["token_endpoint_auth_method"] = "private_key_jwt".into();
        answers(&receiver, proves.to_string());
        refused(site, &id, "authenticate itself");
        let mut evil = document(&id);
        evil["redirect_uris"] = json!([CALLBACK, "javascript:alert(1)"]);
        answers(&receiver, evil.to_string());
        refused(site, &id, "redirect URI");
        answers(&receiver, "<html>".to_owned());
        refused(site, &id, "no JSON document");
        answers(&receiver, "{}".to_owned());
        refused(site, &id, "lacks client_id");
        receiver.answers(|_| Answering::With(404, "{}".to_owned()));
        refused(site, &id, "answers 404");
        let elsewhere = Receiver::start();
        answers(&elsewhere, document(&id).to_string());
        let there = format!("{}/client.json", elsewhere.url);
        receiver.answers(move |_| Answering::Redirect(there.clone()));
        refused(site, &id, "answers 302");
        assert!(elsewhere.all().is_empty(), "a redirect is not followed");
        receiver.answers(|_| Answering::Close);
        refused(site, &id, "cannot be fetched");
    });
}

#[test]
fn attack_by_addresses_that_read_as_another_they_name_no_client() {
    each(|site| {
        let receiver = Receiver::start();
        let url = &receiver.url;
        for (id, why) in [
            (format!("{url}/"), "must have a path"),
            (url.clone(), "normal form"),
            (format!("{url}/client.json#x"), "no fragment"),
            (format!("{url}/x/../client.json"), "normal form"),
            (format!("{url}/x/%2e%2e/client.json"), "normal form"),
            (url.replace("http://", "HTTP://") + "/client.json", "normal form"),
            (url.replace("http://", "http://claude.example@") + "/client.json", "user name"),
            ("file:///etc/passwd".to_owned(), "https"),
            ("gopher://127.0.0.1/x".to_owned(), "https"),
        ] {
            refused(site, &id, why);
        }
        assert!(receiver.all().is_empty(), "none of them was called");
    });
}

#[test]
fn attack_by_documents_at_private_addresses_and_metadata_services_nobody_calls_them() {
    let options =
        vestibule_kernel::context::Options { private_targets: PrivateTargets::None, ..options() };
    each_engine_with(domains(), &options, |world| {
        let site = Site::of(world);
        let receiver = Receiver::start();
        for id in [
            format!("{}/client.json", receiver.url),
            receiver.url.replace("http://", "https://") + "/client.json",
            "https://169.254.169.254/latest/meta-data/".to_owned(),
            "https://[fd00:ec2::254]/latest/meta-data/".to_owned(),
            "https://10.0.0.1/client.json".to_owned(),
            "https://[::1]/client.json".to_owned(),
            "https://localhost/client.json".to_owned(),
            "http://claude.example/client.json".to_owned(),
        ] {
            refused(&site, &id, "names no client");
        }
        // Where everything private is allowed, metadata services are not.
        assert!(receiver.all().is_empty());
    });
    each(|site| refused(site, "http://169.254.169.254/latest/meta-data/", "names no client"));
}

#[test]
fn attack_by_having_many_documents_fetched_it_is_slowed_down() {
    each(|site| {
        let receiver = Receiver::start();
        let statuses: Vec<_> = (0..31)
            .map(|n| site.get(&asking(&format!("{}/{n}", receiver.url), &[])).status.as_u16())
            .collect();
        assert_eq!((statuses[29], statuses[30]), (400, 429));
        assert_eq!(receiver.all().len(), 30);
    });
}

#[test]
fn attack_by_documents_that_never_come_sixteen_are_waited_for_at_once_and_no_more() {
    let kept = Extensions::default().with(vestibule_access::oauth::Documents::default());
    on_sqlite_with(domains(), kept, |world| {
        let (site, receiver) = (Site::of(world), Receiver::start());
        let path = |n: usize| asking(&format!("{}/{n}", receiver.url), &[]);
        let (release, held) = mpsc::channel::<()>();
        // Nothing is ever sent: nobody is answered until the other end is dropped.
        receiver.answers(move |_| {
            held.recv().ok();
            Answering::With(404, "{}".to_owned())
        });
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..16)
                .map(|n| (Site::of(world), path(n)))
                .map(|(site, path)| scope.spawn(move || site.get(&path).status))
                .collect();
            let mut fetched = 0;
            while fetched < 16 {
                fetched += receiver.all().len();
                thread::yield_now();
            }
            assert_eq!(site.get(&path(16)).status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(receiver.all().is_empty(), "the seventeenth is not fetched");
            drop(release);
            for it in waiting {
                assert_eq!(it.join().unwrap(), StatusCode::BAD_REQUEST);
            }
        });
        // Neither those that are over nor the one that was refused keeps a turn.
        assert_eq!(site.get(&path(16)).status, StatusCode::BAD_REQUEST);
        assert_eq!(receiver.all().len(), 1);
    });
}

#[test]
fn a_document_is_read_once_in_five_minutes() {
    let kept = Extensions::default().with(vestibule_access::oauth::Documents::default());
    on_sqlite_with(domains(), kept, |world| {
        let site = Site::of(world);
        let receiver = Receiver::start();
        let id = format!("{}/client.json", receiver.url);
        answers(&receiver, document(&id).to_string());
        site.tokens(&id, "read");
        site.tokens(&id, "read");
        assert_eq!(receiver.all().len(), 1);
        world.clock.advance_seconds(5 * 60);
        site.get(&asking(&id, &[]));
        assert_eq!(receiver.all().len(), 1);
    });
}
