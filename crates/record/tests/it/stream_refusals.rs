//! Where no stream may lead, and what cannot be asked of one.
use serde_json::{Value, json};
use vestibule_kernel::context::Options;
use vestibule_kernel::testing::{each_engine_with, options};

use crate::audit_logs::{action, audit, organization};
use crate::log_streams::{each, get, happen, run, stream};

/// What a destination of each kind looks like, but for one address.
fn kinds(url: &str, host: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("generic_https", json!({ "url": url })),
        ("splunk", json!({ "url": url, "token": "t" })),
        ("datadog", json!({ "url": url, "api_key": "k" })),
        (
            "azure_sentinel",
            json!({
                "endpoint": url, "rule_id": "dcr-1", "stream_name": "Custom-A", "tenant_id": "t",
                "client_id": "c", "client_secret": "s",
            }),
        ),
        (
            "azure_sentinel",
            json!({
                "endpoint": "https://dce.example", "authority": url, "rule_id": "dcr-1",
                "stream_name": "Custom-A", "tenant_id": "t", "client_id": "c", "client_secret": "s",
            }),
        ),
        (
            "s3",
            json!({
                "endpoint": url, "bucket": "b", "region": "r", "access_key_id": "i",
                "secret_access_key": "k",
            }),
        ),
        (
            "s3",
            json!({
                "sts_endpoint": url, "bucket": "b", "region": "r", "access_key_id": "i",
                "secret_access_key": "k", "role_arn": "arn:aws:iam::123456789012:role/logs",
            }),
        ),
        (
            "google_cloud_storage",
            json!({ "endpoint": url, "bucket": "b", "service_account": "{}" }),
        ),
        ("syslog", json!({ "host": host })),
    ]
}

#[test]
fn no_kind_of_stream_leads_inside_the_house() {
    let public =
        Options { private_targets: vestibule_kernel::net::PrivateTargets::None, ..options() };
    each_engine_with(audit(), &public, |world| {
        let organization = organization(world);
        for (url, host) in [
            ("https://127.0.0.1/", "127.0.0.1"),
            ("https://2130706433/", "2130706433"),
            ("https://0x7f.1/", "0x7f.1"),
            ("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1"),
            ("https://169.254.169.254/", "169.254.169.254"),
            ("https://localhost/", "localhost"),
            ("http://logs.example/", "logs.example/"),
            ("file:///etc/passwd", "logs.example:1@127.0.0.1"),
        ] {
            for (kind, to) in kinds(url, host) {
                let input = json!({ "organization_id": organization, kind: to });
                let refused = world.call("audit_log_streams.create", input).unwrap_err();
                assert_eq!(refused.status(), 422, "{kind} {url}");
                let field = refused.fields()[0].field.as_deref().unwrap();
                assert!(field.starts_with(kind), "{kind} {url}: {field}");
            }
        }
        let listed = world.call("audit_log_streams.list", json!({})).unwrap();
        assert_eq!(listed["data"], json!([]));
    });
}

#[test]
fn a_name_that_leads_inside_is_found_out_when_it_is_called() {
    let public =
        Options { private_targets: vestibule_kernel::net::PrivateTargets::None, ..options() };
    each_engine_with(audit(), &public, |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        // As if the name were harmless: it was when the stream was made, and DNS changed since.
        let made = stream(world, &organization, json!({ "syslog": { "host": "logs.example" } }));
        world
            .flow()
            .write(|cx| {
                let values = [cx.environment.into(), r#"{"host":"localhost"}"#.into()];
                let sql = "UPDATE audit_log_streams SET destination = $2 WHERE environment_id = $1";
                cx.db().execute(sql, &values).map(|_| ())
            })
            .unwrap();
        happen(world, &organization, 0..1);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["error"], "The URL must lead to a public address.");
    });
}

#[test]
fn what_cannot_be_is_refused_by_its_field() {
    each(|world, organization, sink| {
        let url = sink.url.as_str();
        for (to, field) in [
            (json!({}), "generic_https"),
            (json!({ "splunk": { "url": url } }), "splunk.token"),
            (
                json!({ "generic_https": { "url": url }, "splunk": { "url": url, "token": "t" } }),
                "splunk",
            ),
            (
                json!({ "generic_https": { "url": url, "headers": { "Host": "x" } } }),
                "generic_https.headers",
            ),
            (
                json!({ "generic_https": { "url": url, "headers": { "X": "a\r\nb: c" } } }),
                "generic_https.headers",
            ),
            (json!({ "splunk": { "url": url, "token": "a\nb" } }), "splunk.token"),
            (
                json!({ "s3": {
                    "bucket": "b@evil.example/", "region": "r", "access_key_id": "i",
                    "secret_access_key": "k",
                } }),
                "s3.bucket",
            ),
            (
                json!({ "s3": {
                    "bucket": "b", "region": "evil.example/", "access_key_id": "i",
                    "secret_access_key": "k",
                } }),
                "s3.region",
            ),
            (
                json!({ "s3": {
                    "bucket": "b", "region": "r", "prefix": "../x/", "access_key_id": "i",
                    "secret_access_key": "k",
                } }),
                "s3.prefix",
            ),
            (
                json!({ "s3": {
                    "bucket": "b", "region": "r", "access_key_id": "i\nj",
                    "secret_access_key": "k",
                } }),
                "s3.access_key_id",
            ),
            (
                json!({ "s3": {
                    "bucket": "b", "region": "r", "access_key_id": "i", "secret_access_key": "k",
                    "external_id": "acme",
                } }),
                "s3.external_id",
            ),
            (
                json!({ "google_cloud_storage": { "bucket": "b", "service_account": "nonsense" } }),
                "google_cloud_storage.service_account",
            ),
            (json!({ "syslog": { "host": "logs.example", "authority": "x" } }), "syslog.authority"),
            (
                json!({ "syslog": { "host": "logs.example", "client_key": "x" } }),
                "syslog.client_certificate",
            ),
            (json!({ "syslog": { "host": "logs.example", "facility": 24 } }), "syslog.facility"),
            (
                json!({ "generic_https": { "url": url }, "batching": { "events_max": 0 } }),
                "batching.events_max",
            ),
        ] {
            let mut input = to.clone();
            input["organization_id"] = organization.into();
            let refused = world.call("audit_log_streams.create", input).unwrap_err();
            let fields: Vec<_> =
                refused.fields().iter().map(|it| it.field.as_deref().unwrap()).collect();
            assert_eq!((refused.status(), &fields[..]), (422, &[field][..]), "{to}");
        }
        let input = json!({ "organization_id": "org_nobody", "generic_https": { "url": url } });
        assert_eq!(world.call("audit_log_streams.create", input).unwrap_err().status(), 404);
    });
}

#[test]
fn an_organization_has_so_many_streams_and_no_more() {
    each(|world, organization, sink| {
        let input =
            json!({ "organization_id": organization, "generic_https": { "url": sink.url } });
        for _ in 0..20 {
            world.call("audit_log_streams.create", input.clone()).unwrap();
        }
        let refused = world.call("audit_log_streams.create", input).unwrap_err();
        assert_eq!(refused.fields()[0].code, "too_many");
    });
}
