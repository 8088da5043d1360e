//! Samples of the admin portal.
use vestibule_languages::Text;
use vestibule_pages::render::{Error, Frame};
use vestibule_pages::screens::*;

use super::{form, page};

/// Every page of the portal by name.
pub fn portal(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let mut pages = vec![
        (
            "portal-opening",
            page(
                frame,
                &PortalOpening { form: form("/portal/open/token"), organization: "Acme".into() },
            ),
        ),
        ("portal-overview", page(frame, &overview())),
        (
            "portal-done",
            page(
                frame,
                &PortalDone {
                    organization: "Acme".into(),
                    location: Some("https://app.example/done".into()),
                },
            ),
        ),
    ];
    pages.extend(single_sign_on(frame));
    pages.extend(records(frame));
    pages
}

fn head(title: Text, back: Option<&str>, notice: Option<&str>) -> PortalHead {
    PortalHead {
        title,
        organization: "Acme".into(),
        back: back.map(Into::into),
        return_url: Some("https://app.example/".into()),
        done_action: "/portal/done".into(),
        notice: notice.map(Text::new),
    }
}

fn state(key: &str, tone: &'static str) -> PortalState {
    PortalState { text: Text::new(key), tone }
}

fn said(words: &str) -> Text {
    Text::Verbatim(words.into())
}

fn fact(name: &str, value: &str) -> PortalFact {
    PortalFact { name: said(name), value: value.into() }
}

fn field(name: &'static str, label: &str, kind: &'static str) -> PortalField {
    PortalField {
        name,
        label: said(label),
        kind,
        value: String::new(),
        required: true,
        options: Vec::new(),
    }
}

fn overview() -> PortalOverview {
    let area = |name: &str, hint: &str, path: &str| PortalArea {
        name: Text::new(name),
        hint: Text::new(hint),
        path: path.into(),
    };
    PortalOverview {
        form: form("/portal"),
        head: head(Text::new("portal-open-title").with("organization", "Acme"), None, None),
        areas: vec![
            area("sso-title", "portal-sso-hint", "/portal/sso"),
            area("portal-domains", "portal-domains-hint", "/portal/domains"),
            area("portal-certificates", "portal-certificates-hint", "/portal/certificates"),
            area("portal-audit-logs", "portal-audit-logs-hint", "/portal/audit-logs"),
            area("portal-log-streams", "portal-log-streams-hint", "/portal/log-streams"),
        ],
    }
}

fn connection(refused: bool, known: bool) -> PortalConnection {
    let form = form("/portal/sso/conn_01");
    let form = if refused {
        form.refused(Problem::overall(Text::Sentences(vec![
            Text::new("portal-refused"),
            said("The metadata cannot be used: it is no XML."),
        ])))
    } else {
        form
    };
    let way = |key: &str, open, fields| PortalWay { name: Some(Text::new(key)), open, fields };
    let at = |part: &str| Some(format!("/portal/sso/conn_01/{part}"));
    PortalConnection {
        form,
        head: head(
            said("Acme"),
            Some("/portal/sso"),
            (known && !refused).then_some("portal-saved"),
        ),
        name: "Acme".into(),
        kind: said("Okta (SAML)"),
        state: if known {
            state("portal-state-validating", "calm")
        } else {
            state("portal-state-draft", "calm")
        },
        register: vec![
            fact("ACS URL", "https://id.example/sso/saml/acs/k3y0fTheC0nnecti"),
            fact("Entity ID (Audience URI)", "https://id.example/k3y0fTheC0nnecti"),
            fact("Metadata URL", "https://id.example/sso/saml/metadata/k3y0fTheC0nnecti"),
        ],
        known: if known {
            vec![
                fact("Entity ID", "http://www.okta.com/exk1"),
                fact("Sign-in URL", "https://acme.okta.com/app/sso/saml"),
            ]
        } else {
            Vec::new()
        },
        ways: vec![
            way("portal-by-url", !known, vec![field("metadata_url", "Metadata URL", "url")]),
            way("portal-by-file", false, vec![field("metadata", "Metadata XML", "area")]),
            way(
                "portal-by-hand",
                false,
                vec![field("sso_url", "Sign-in URL", "url"), field("certificate", "X.509", "area")],
            ),
        ],
        provider_action: "/portal/sso/conn_01/provider".into(),
        attributes: vec![PortalField { label: Text::new("email"), ..field("email", "", "text") }],
        attributes_action: "/portal/sso/conn_01/attributes".into(),
        test_action: known.then(|| at("test")).flatten(),
        activate_action: known.then(|| at("activate")).flatten(),
        deactivate_action: known.then(|| at("deactivate")).flatten(),
        delete_action: "/portal/sso/conn_01/delete".into(),
    }
}

fn single_sign_on(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let entry = |name: &str, kind: &str, state| PortalEntry {
        name: name.into(),
        kind: said(kind),
        state,
        path: "/portal/sso/conn_01".into(),
    };
    let kind = |name: Text| PortalOption { value: "OktaSAML".into(), name, chosen: false };
    let connections = |connections| PortalConnections {
        form: form("/portal/sso"),
        head: head(Text::new("sso-title"), Some("/portal"), None),
        connections,
        kinds: vec![kind(said("Okta (SAML)")), kind(Text::new("portal-provider-saml"))],
    };
    let tested = |facts, failed: Option<&str>, raw: Option<&str>| PortalTested {
        form: form("/portal/sso"),
        head: head(Text::new("portal-test-title"), Some("/portal/sso/conn_01"), None),
        facts,
        failed: failed.map(Into::into),
        raw: raw.map(Into::into),
    };
    let came = vec![
        PortalFact { name: Text::new("email"), value: "ada@acme.test".into() },
        PortalFact { name: Text::new("first-name"), value: "Ada".into() },
    ];
    vec![
        (
            "portal-connections",
            page(
                frame,
                &connections(vec![
                    entry("Acme", "Okta (SAML)", state("portal-state-active", "good")),
                    entry("Acme Labs", "OneLogin", state("portal-state-draft", "calm")),
                ]),
            ),
        ),
        ("portal-connections-none-notice", page(frame, &connections(Vec::new()))),
        ("portal-connection", page(frame, &connection(false, false))),
        ("portal-connection-known", page(frame, &connection(false, true))),
        ("portal-connection-refused", page(frame, &connection(true, true))),
        ("portal-tested", page(frame, &tested(came, None, Some("{\n  \"email\": \"ada\"\n}")))),
        (
            "portal-tested-failed-notice",
            page(frame, &tested(Vec::new(), Some("The assertion has ended."), None)),
        ),
        ("portal-domains", page(frame, &domains())),
        ("portal-certificates", page(frame, &certificates())),
    ]
}

fn domains() -> PortalDomains {
    let domain = |name: &str, state, record: Option<&str>| PortalDomain {
        domain: name.into(),
        state,
        record: record.map(Into::into),
        check_action: "/portal/domains/org_domain_01/check".into(),
        remove_action: "/portal/domains/org_domain_01/remove".into(),
    };
    PortalDomains {
        form: form("/portal/domains"),
        head: head(Text::new("portal-domains"), Some("/portal"), None),
        typed: String::new(),
        domains: vec![
            domain("acme.com", state("portal-state-verified", "good"), None),
            domain(
                "acme.dev",
                state("portal-state-pending", "calm"),
                Some("lighthouse-domain-verification-z3kjny=m5Oztg3jdK4NJLgs8uIlIprMw"),
            ),
        ],
    }
}

fn certificates() -> PortalCertificates {
    let certificate = |key: &str, tone, (year, month, day)| PortalCertificate {
        state: PortalState {
            text: Text::new(key).with("date", Text::date(year, month, day)),
            tone,
        },
        remove_action: Some("/portal/certificates/conn_01/conn_cert_01/remove".into()),
    };
    let certified = |name: &str, metadata: bool| PortalCertified {
        name: name.into(),
        certificates: vec![
            certificate("portal-certificate-soon", "bad", (2026, 2, 24)),
            certificate("portal-certificate-ends", "good", (2036, 1, 1)),
        ],
        add_action: "/portal/certificates/conn_01".into(),
        read_again_action: metadata.then(|| "/portal/certificates/conn_01/read_again".into()),
    };
    PortalCertificates {
        form: form("/portal/certificates"),
        head: head(Text::new("portal-certificates"), Some("/portal"), None),
        connections: vec![certified("Acme", true), certified("Acme Labs", false)],
    }
}

fn records(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let export = |url: Option<&str>, failed| PortalExport {
        form: form("/portal/audit-logs"),
        head: head(Text::new("portal-export"), Some("/portal/audit-logs"), None),
        url: url.map(Into::into),
        failed,
    };
    vec![
        ("portal-audit-logs", page(frame, &audit_logs())),
        ("portal-export", page(frame, &export(Some("/exports/audit_logs/file"), false))),
        ("portal-export-waiting-notice", page(frame, &export(None, false))),
        ("portal-export-failed-notice", page(frame, &export(None, true))),
        ("portal-streams", page(frame, &streams())),
        (
            "portal-new-stream",
            page(
                frame,
                &PortalNewStream {
                    form: form("/portal/log-streams/new/splunk"),
                    head: head(Text::new("portal-stream-add"), Some("/portal/log-streams"), None),
                    kind: "Splunk".into(),
                    fields: vec![
                        field("url", "HTTP Event Collector URL", "url"),
                        field("token", "Token", "password"),
                    ],
                },
            ),
        ),
    ]
}

fn audit_logs() -> PortalAuditLogs {
    let event = |action: &str, at: &str, targets: &str| PortalEvent {
        action: action.into(),
        at: at.into(),
        actor: "Ada Lovelace".into(),
        targets: targets.into(),
        location: "203.0.113.9".into(),
    };
    PortalAuditLogs {
        form: form("/portal/audit-logs"),
        head: head(Text::new("portal-audit-logs"), Some("/portal"), None),
        text: String::new(),
        action: String::new(),
        events: vec![
            event("team.deleted", "2026-01-15 08:00:00", "Engines"),
            event("user.signed_in", "2026-01-14 08:00:00", ""),
        ],
        newer: Some("/portal/audit-logs?before=audit_log_event_01".into()),
        older: Some("/portal/audit-logs?after=audit_log_event_02".into()),
        export_action: "/portal/audit-logs/exports".into(),
    }
}

fn streams() -> PortalStreams {
    let stream = |name: &str, state, error: Option<&str>| PortalStream {
        name: name.into(),
        kind: "Splunk".into(),
        state,
        error: error.map(Into::into),
        facts: vec![fact("url", "https://http-inputs-acme.splunkcloud.com")],
        waiting: 3,
        synced_on: Some("2026-01-15T12:00:00.000Z".into()),
        test_action: "/portal/log-streams/als_01/test".into(),
        switch_action: "/portal/log-streams/als_01/switch".into(),
        is_on: true,
        delete_action: "/portal/log-streams/als_01/delete".into(),
    };
    let kind = |name: &str| PortalOption { value: name.into(), name: said(name), chosen: false };
    PortalStreams {
        form: form("/portal/log-streams"),
        head: head(Text::new("portal-log-streams"), Some("/portal"), Some("portal-sent")),
        streams: vec![
            stream("Splunk", state("portal-state-active", "good"), None),
            stream("Archive", state("portal-state-error", "bad"), Some("The server answered 503.")),
        ],
        kinds: vec![kind("Datadog"), kind("Splunk")],
    }
}
