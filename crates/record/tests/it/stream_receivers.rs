//! The receivers of streams, each in its own protocol.
use std::collections::HashMap;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use vestibule_kernel::time::Time;

use crate::audit_logs::list;
use crate::log_streams::{deliveries, each, get, happen, run, stream};
use crate::stream_sinks::{Act, Authority, Got, Manners, Sink, Syslog, pem};

/// The only request that a sink got.
fn only(sink: &mut Sink) -> Got {
    let mut all = sink.all();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn splunk_gets_objects_one_after_another_each_with_its_time_in_seconds() {
    each(|world, organization, mut sink| {
        let to = json!({ "url": sink.url, "token": "a-token-of-splunk", "index": "audit" });
        let made = stream(world, organization, json!({ "splunk": to, "name": "Acme" }));
        assert_eq!(made["credential_hints"], json!({ "token": "...lunk" }));
        sink.will([Act::Answer(200, r#"{"text":"Success","code":0}"#)]);
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        let got = only(&mut sink);
        assert_eq!(got.path, "/services/collector/event");
        assert_eq!(got.header("authorization"), "Splunk a-token-of-splunk");
        let lines = got.lines();
        assert_eq!(lines.len(), 2);
        let event = lines[1]["event"].clone();
        assert_eq!(event["actor"]["id"], "user_1");
        let whole = json!({
            "time": 1_768_474_801.0, "source": "Acme", "sourcetype": "_json", "index": "audit",
            "event": event,
        });
        assert_eq!(lines[1], whole);
        let response = &deliveries(world, &made)[0]["response"];
        assert_eq!(response, r#"{"text":"Success","code":0}"#);
    });
}

#[test]
fn what_splunk_says_of_its_token_counts_more_than_the_status() {
    each(|world, organization, sink| {
        let to = json!({ "url": sink.url, "token": "t" });
        let made = stream(world, organization, json!({ "splunk": to }));
        happen(world, organization, 0..1);
        for (status, body, state) in [
            (400, r#"{"text":"Incorrect index","code":7}"#, "invalid"),
            (403, r#"{"text":"Invalid token","code":4}"#, "invalid"),
            (503, r#"{"text":"Server is busy","code":9}"#, "error"),
            (400, r#"{"text":"Invalid data format","code":6}"#, "error"),
        ] {
            sink.will([Act::Answer(status, body)]);
            world.clock.advance_seconds(3600);
            assert_eq!(run(world), 1);
            assert_eq!(get(world, &made)["state"], state, "{body}");
        }
    });
}

#[test]
fn datadog_gets_an_array_compressed_with_its_key() {
    each(|world, organization, mut sink| {
        let to = json!({ "url": sink.url, "api_key": "k", "tags": "env:test,team:one" });
        stream(world, organization, json!({ "datadog": to }));
        sink.will([Act::Answer(202, "{}")]);
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        let got = only(&mut sink);
        assert_eq!(got.header("content-encoding"), "gzip");
        assert_eq!(got.header("dd-api-key"), "k");
        let body = got.json();
        let message = body[1]["message"].as_str().unwrap();
        let whole = json!({
            "message": message, "ddsource": "vestibule", "service": "audit-logs",
            "ddtags": "env:test,team:one",
        });
        assert_eq!(body[1], whole);
        let event: Value = serde_json::from_str(message).unwrap();
        assert_eq!(event["actor"]["id"], "user_1");
    });
}

#[test]
fn azure_gets_a_token_first_and_then_rows_for_its_rule() {
    each(|world, organization, mut sink| {
        let to = json!({
            "endpoint": sink.url, "rule_id": "dcr-0123", "stream_name": "Custom-Audit",
            "tenant_id": "tenant/1", "client_id": "client", "client_secret": "a-secret-of-entra",
            "authority": sink.url,
        });
        let made = stream(world, organization, json!({ "azure_sentinel": to }));
        let token = |text: &'static str| Act::Answer(200, text);
        sink.will([
            token(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"token-1"}"#),
            Act::Answer(204, ""),
        ]);
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        let [asked, sent] = <[Got; 2]>::try_from(sink.all()).unwrap();
        assert_eq!(asked.path, "/tenant%2F1/oauth2/v2.0/token");
        let form: HashMap<String, String> =
            url::form_urlencoded::parse(&asked.body).into_owned().collect();
        let wanted = [
            ("client_id", "client"),
            ("client_secret", "a-secret-of-entra"),
            ("grant_type", "client_credentials"),
            ("scope", "https://monitor.azure.com/.default"),
        ];
        assert_eq!(form, wanted.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(
            sent.path,
            "/dataCollectionRules/dcr-0123/streams/Custom-Audit?api-version=2023-01-01"
        );
        assert_eq!(sent.header("authorization"), "Bearer token-1");
        assert_eq!(sent.header("content-encoding"), "gzip");
        let body = sent.json();
        let whole = json!({
            "TimeGenerated": "2026-01-15T11:00:01.000Z", "id": body[1]["data"]["id"],
            "event_type": "invoice.paid", "organization_id": organization, "data": body[1]["data"],
        });
        assert_eq!(body[1], whole);
        // Neither the secret nor the token is told, whatever is answered.
        sink.will([
            token(r#"{"expires_in":3599,"access_token":"token-2"}"#),
            Act::Answer(403, "token-2 may not write here"),
        ]);
        happen(world, organization, 2..3);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "invalid");
        assert_eq!(deliveries(world, &made)[0]["response"], "[secret] may not write here");
        sink.will([Act::Answer(401, r#"{"error":"invalid_client"} a-secret-of-entra"#)]);
        world.clock.advance_seconds(3600);
        assert_eq!(run(world), 1);
        let told = get(world, &made);
        assert_eq!(told["state"], "invalid");
        assert_eq!(told["error"], "Entra ID gave no token: it answered 401.");
        assert_eq!(
            deliveries(world, &made)[0]["response"],
            r#"{"error":"invalid_client"} [secret]"#
        );
    });
}

#[test]
fn s3_gets_an_object_of_lines_that_is_named_alike_whenever_it_is_sent() {
    each(|world, organization, mut sink| {
        let to = json!({
            "endpoint": sink.url, "bucket": "logs", "region": "eu-central-1", "prefix": "audit/",
            "access_key_id": "AKIAEXAMPLE", "secret_access_key": "a-secret-access-key",
        });
        let made = stream(world, organization, json!({ "s3": to }));
        let denied = "<Error><Code>InvalidAccessKeyId</Code></Error>";
        sink.will([Act::Answer(500, "<Error/>"), Act::Answer(400, denied)]);
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "error");
        happen(world, organization, 2..3);
        world.clock.advance_seconds(3600);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "invalid");
        assert_eq!(deliveries(world, &made)[0]["response"], denied);
        world.clock.advance_seconds(3600);
        assert_eq!(run(world), 2);
        let got = sink.all();
        let stream = made["id"].as_str().unwrap();
        let first = format!(
            "/logs/audit/{organization}/2026-01-15/{stream}_000000000001-000000000002.jsonl.gz"
        );
        let second = first.replace("0001-000000000002", "0003-000000000003");
        let paths: Vec<_> = got.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, [&first, &first, &first, &second].map(String::as_str));
        let put = &got[2];
        assert_eq!(put.method.as_str(), "PUT");
        assert_eq!(put.header("content-type"), "application/gzip");
        let signed = put.header("authorization");
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"), "{signed}");
        assert!(signed.contains("/eu-central-1/s3/aws4_request"), "{signed}");
        assert!(!format!("{got:?}").contains("a-secret-access-key"));
        let lines = put.lines();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["actor"]["id"], "user_1");
        let sent = got.iter().map(|it| it.body.len()).max().unwrap();
        assert!(sent < 1000, "what repeats itself compresses well: {sent}");
    });
}

/// What STS answers to AssumeRole, with keys that end at a time.
fn assumed(id: &str, until: Time) -> Act {
    let text = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{id}</AccessKeyId>\
         <SecretAccessKey>secret-of-{id}</SecretAccessKey><SessionToken>token-of-{id}</SessionToken>\
         <Expiration>{until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    Act::Answer(200, text.leak())
}

#[test]
fn s3_is_written_to_with_keys_of_the_role_that_was_assumed() {
    each(|world, organization, mut sink| {
        let to = json!({
            "endpoint": sink.url, "bucket": "logs", "region": "eu-central-1",
            "access_key_id": "AKIAEXAMPLE", "secret_access_key": "a-secret-access-key",
            "role_arn": "arn:aws:iam::123456789012:role/audit-logs", "external_id": "acme:1",
        });
        let batching = json!({ "events_max": 1 });
        let made = stream(world, organization, json!({ "s3": to, "batching": batching }));
        let hour = world.app.now().plus_seconds(3600);
        // The keys are used again, until the store refuses them.
        sink.will([
            assumed("ASIA1", hour),
            Act::Answer(200, ""),
            Act::Answer(400, "<Error><Code>ExpiredToken</Code></Error>"),
            assumed("ASIA2", hour),
        ]);
        happen(world, organization, 0..3);
        assert_eq!(run(world), 3);
        assert_eq!(get(world, &made)["state"], "active");
        let got = sink.all();
        let form: HashMap<String, String> =
            url::form_urlencoded::parse(&got[0].body).into_owned().collect();
        let session = format!("vestibule-{}", made["id"].as_str().unwrap());
        let wanted = [
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", "arn:aws:iam::123456789012:role/audit-logs"),
            ("RoleSessionName", &session),
            ("DurationSeconds", "3600"),
            ("ExternalId", "acme:1"),
        ];
        assert_eq!(form, wanted.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        let signed: Vec<(&str, &str, Option<&str>)> = got
            .iter()
            .map(|it| {
                let signed = it.header("authorization").split_once(" Credential=").unwrap().1;
                let mut parts = signed.split(['/', ',']);
                let key = parts.next().unwrap();
                let service = parts.nth(2).unwrap();
                let token = it.headers.get("x-amz-security-token");
                (key, service, token.map(|it| it.to_str().unwrap()))
            })
            .collect();
        let own = ("AKIAEXAMPLE", "sts", None);
        let first = ("ASIA1", "s3", Some("token-of-ASIA1"));
        let second = ("ASIA2", "s3", Some("token-of-ASIA2"));
        assert_eq!(signed, [own, first, first, own, second, second]);
    });
}

#[test]
fn why_a_role_could_not_be_assumed_is_told_and_no_secret_with_it() {
    each(|world, organization, mut sink| {
        let to = json!({
            "endpoint": "http://127.0.0.1:9", "sts_endpoint": sink.url, "bucket": "logs",
            "region": "eu-central-1", "access_key_id": "AKIAEXAMPLE",
            "secret_access_key": "a-secret-access-key",
            "role_arn": "arn:aws:iam::123456789012:role/audit-logs", "external_id": "wrong",
        });
        let made = stream(world, organization, json!({ "s3": to }));
        let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>a-secret-access-key \
                      may not.</Message></Error></ErrorResponse>";
        sink.will([Act::Answer(403, denied)]);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        let told = get(world, &made);
        assert_eq!(told["state"], "invalid");
        let why = "The role could not be assumed: AccessDenied. [secret] may not.";
        assert_eq!(told["error"], why);
        assert_eq!(told["events_waiting"], 1);
        assert!(!format!("{:?}", deliveries(world, &made)).contains("a-secret-access-key"));
        assert_eq!(only(&mut sink).method.as_str(), "POST");
    });
}

#[test]
fn a_bucket_gets_an_object_for_each_event_where_that_is_wanted() {
    each(|world, organization, mut sink| {
        let to = json!({
            "endpoint": sink.url, "bucket": "logs", "region": "eu-central-1", "prefix": "audit/",
            "access_key_id": "AKIAEXAMPLE", "secret_access_key": "a-secret-access-key",
            "objects": "events",
        });
        let made = stream(world, organization, json!({ "s3": to }));
        assert_eq!(made["destination"]["objects"], "events", "{made}");
        sink.will([Act::Answer(200, ""), Act::Answer(503, "<Error/>")]);
        happen(world, organization, 0..3);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "error");
        world.clock.advance_seconds(3600);
        assert_eq!(run(world), 1);
        let told = get(world, &made);
        assert_eq!((&told["state"], &told["events_waiting"]), (&json!("active"), &json!(0)));
        let events = list(world, organization, json!({}));
        let events = events["data"].as_array().unwrap();
        let named = |event: &Value| {
            let (time, id) =
                (event["occurred_at"].as_str().unwrap(), event["id"].as_str().unwrap());
            format!("/logs/audit/{}/{time}_{id}.json", &time[..10])
        };
        let got = sink.all();
        let mut paths: Vec<String> = got
            .iter()
            .map(|it| percent_encoding::percent_decode_str(&it.path).decode_utf8().unwrap().into())
            .collect();
        paths.sort();
        paths.dedup();
        let mut wanted: Vec<String> = events.iter().map(named).collect();
        wanted.sort();
        assert_eq!(paths, wanted, "one object each, however often it was sent");
        let put = got.last().unwrap();
        assert_eq!((put.method.as_str(), put.header("content-type")), ("PUT", "application/json"));
        assert_eq!(put.header("x-amz-checksum-sha256").len(), 44);
        let text = std::str::from_utf8(&put.body).unwrap();
        assert!(text.starts_with("{\n  \"id\": \"audit_log_event_"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(text).unwrap()["action"], "invoice.paid");
    });
}

/// A service account's key as Google gives it, and the public key that verifies what it signs.
fn service_account() -> (String, Vec<u8>) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let pem = pem("PRIVATE KEY", der.as_ref());
    let file = json!({
        "type": "service_account", "project_id": "acme", "private_key_id": "key-1",
        "private_key": pem, "client_email": "logs@acme.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    (file.to_string(), pair.public_key().as_ref().to_vec())
}

#[test]
fn google_gets_an_object_and_a_token_that_the_service_account_signed() {
    let (file, public) = service_account();
    each(|world, organization, mut sink| {
        let to = json!({ "endpoint": sink.url, "bucket": "logs", "service_account": file });
        let made = stream(world, organization, json!({ "google_cloud_storage": to.clone() }));
        assert_eq!(made["credential_hints"], json!({ "service_account": "..." }));
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        let got = only(&mut sink);
        let stream = made["id"].as_str().unwrap();
        let path = percent_encoding::percent_decode_str(&got.path).decode_utf8().unwrap();
        assert_eq!(
            path,
            format!("/logs/{organization}/2026-01-15/{stream}_000000000001-000000000002.jsonl.gz")
        );
        assert_eq!(got.method.as_str(), "PUT");
        assert_eq!(got.lines().len(), 2);
        let token = got.header("authorization").strip_prefix("Bearer ").unwrap();
        let [head, claims, signature] =
            <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).unwrap();
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public)
            .verify(format!("{head}.{claims}").as_bytes(), &decode(signature))
            .unwrap();
        let head: Value = serde_json::from_slice(&decode(head)).unwrap();
        assert_eq!(head, json!({ "alg": "RS256", "typ": "JWT", "kid": "key-1" }));
        let claims: Value = serde_json::from_slice(&decode(claims)).unwrap();
        assert_eq!(claims["iss"], "logs@acme.iam.gserviceaccount.com");
        assert_eq!(claims["sub"], claims["iss"]);
        let scope = claims["scope"].as_str().unwrap();
        assert!(scope.starts_with("https://www.googleapis.com/auth/"), "{scope}");
        let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lifetime, 3600);
        let mut to = to;
        to["objects"] = json!("events");
        let change = json!({ "id": made["id"], "google_cloud_storage": to });
        world.call("audit_log_streams.update", change).unwrap();
        happen(world, organization, 2..3);
        assert_eq!(run(world), 1);
        let path = only(&mut sink).path;
        let path = percent_encoding::percent_decode_str(&path).decode_utf8().unwrap();
        let event = &list(world, organization, json!({}))["data"][0];
        let (time, id) = (event["occurred_at"].as_str().unwrap(), event["id"].as_str().unwrap());
        assert_eq!(path, format!("/logs/{time}_{id}.json"));
        sink.will([Act::Answer(403, "denied")]);
        happen(world, organization, 3..4);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "invalid");
    });
}

#[test]
fn syslog_gets_messages_with_their_lengths_and_nothing_else() {
    each(|world, organization, _| {
        let authority = Authority::new();
        let mut server = world.block_on(Syslog::start(&authority, None));
        let to = json!({
            "host": "localhost", "port": server.port, "authority": authority.pem(),
            "app_name": "acme", "facility": 10,
        });
        let made = stream(world, organization, json!({ "syslog": to }));
        happen(world, organization, 0..3);
        assert_eq!(run(world), 1);
        let told = get(world, &made);
        assert_eq!((&told["state"], &told["error"]), (&json!("active"), &Value::Null));
        let messages = world.block_on(server.next());
        assert_eq!(messages.len(), 3);
        let (head, event) = messages[2].split_once(" \u{feff}").unwrap();
        assert_eq!(head, "<86>1 2026-01-15T11:00:02.000Z 127.0.0.1 acme - invoice.paid -");
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!((&event["actor"]["id"], &event["position"]), (&json!("user_2"), &json!(3)));
    });
}

#[test]
fn a_syslog_server_that_nobody_vouches_for_gets_nothing() {
    each(|world, organization, _| {
        let (authority, stranger) = (Authority::new(), Authority::new());
        let server = world.block_on(Syslog::start(&authority, None));
        for (n, trusted) in [Some(stranger.pem()), None].into_iter().enumerate() {
            let mut to = json!({ "host": "localhost", "port": server.port });
            if let Some(pem) = &trusted {
                to["authority"] = pem.as_str().into();
            }
            let made = stream(world, organization, json!({ "syslog": to }));
            happen(world, organization, n..n + 1);
            assert_eq!(run(world), 1);
            let told = get(world, &made);
            let why = told["error"].as_str().unwrap();
            assert!(why.contains("certificate"), "{why}");
            assert_eq!(told["state"], "error");
            world.call("audit_log_streams.delete", json!({ "id": made["id"] })).unwrap();
        }
        // The certificate is for another name.
        let to = json!({
            "host": "127.0.0.1", "port": server.port, "authority": authority.pem(),
        });
        let made = stream(world, organization, json!({ "syslog": to }));
        happen(world, organization, 2..3);
        assert_eq!(run(world), 1);
        assert!(get(world, &made)["error"].as_str().unwrap().contains("certificate"));
    });
}

#[test]
fn a_syslog_server_may_ask_who_we_are() {
    each(|world, organization, _| {
        let (authority, clients) = (Authority::new(), Authority::new());
        let mut server = world.block_on(Syslog::start(&authority, Some(&clients)));
        let mut to = json!({
            "host": "localhost", "port": server.port, "authority": authority.pem(),
        });
        let made = stream(world, organization, json!({ "syslog": to }));
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "error");
        let (certificate, key) = clients.certify("vestibule.example");
        to["client_certificate"] = certificate.into();
        to["client_key"] = key.as_str().into();
        let change = json!({ "id": made["id"], "syslog": to });
        let told = world.call("audit_log_streams.update", change).unwrap();
        assert!(!told.to_string().contains(key.lines().nth(1).unwrap()));
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "active");
        assert_eq!(world.block_on(server.next()).len(), 1);
    });
}

#[test]
fn a_syslog_connection_that_breaks_counts_for_nothing() {
    each(|world, organization, _| {
        let authority = Authority::new();
        let mut server = world.block_on(Syslog::start(&authority, None));
        let to = json!({ "host": "localhost", "port": server.port, "authority": authority.pem() });
        let made = stream(world, organization, json!({ "syslog": to }));
        *server.manners.lock().unwrap() = Manners::Breaks;
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        let told = get(world, &made);
        assert_eq!((&told["state"], &told["events_waiting"]), (&json!("error"), &json!(2)));
        *server.manners.lock().unwrap() = Manners::Good;
        world.clock.advance_seconds(60);
        assert_eq!(run(world), 1);
        assert_eq!(world.block_on(server.next()).len(), 2);
    });
}
