//! Log streams: where the audit log of an organization is sent, how that fares, and sending it elsewhere.
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_kernel::{Error, Result};
use vestibule_languages::Text;
use vestibule_portal::Intent;

use super::{Admin, elsewhere, not_sure};
use crate::screens::{
    PortalFact, PortalField, PortalNewStream, PortalOption, PortalState, PortalStream,
    PortalStreams, Problem,
};
use crate::web::{Pages, Visit, see_other};

/// Where they are.
pub const PATH: &str = "/portal/log-streams";
/// How many are shown: more than an organization has.
const SHOWN_MAX: u32 = 100;

/// A kind of receiver, and what must be known of it.
struct Kind {
    /// The field of the operation that it is given in.
    name: &'static str,
    /// What its maker calls it.
    title: &'static str,
    fields: &'static [Asked],
}

/// A field of a receiver: its name, what the receiver's own console calls it, how it is typed, and
/// whether it is needed.
struct Asked(&'static str, &'static str, &'static str, bool);

const KINDS: &[Kind] = &[
    Kind {
        name: "datadog",
        title: "Datadog",
        fields: &[
            Asked("site", "Site (datadoghq.com, datadoghq.eu, us3.datadoghq.com …)", "text", false),
            Asked("api_key", "API key", "password", true),
            Asked("tags", "Tags", "text", false),
        ],
    },
    Kind {
        name: "splunk",
        title: "Splunk",
        fields: &[
            Asked("url", "HTTP Event Collector URL", "url", true),
            Asked("token", "Token", "password", true),
            Asked("index", "Index", "text", false),
        ],
    },
    Kind {
        name: "s3",
        title: "Amazon S3",
        fields: &[
            Asked("bucket", "Bucket", "text", true),
            Asked("region", "Region", "text", true),
            Asked("prefix", "Prefix", "text", false),
            Asked("access_key_id", "Access key ID", "text", true),
            Asked("secret_access_key", "Secret access key", "password", true),
            Asked("role_arn", "Role ARN", "text", false),
            Asked("external_id", "External ID", "text", false),
        ],
    },
    Kind {
        name: "google_cloud_storage",
        title: "Google Cloud Storage",
        fields: &[
            Asked("bucket", "Bucket", "text", true),
            Asked("prefix", "Prefix", "text", false),
            Asked("service_account", "Service account key (JSON)", "area", true),
        ],
    },
    Kind {
        name: "azure_sentinel",
        title: "Microsoft Sentinel",
        fields: &[
            Asked("endpoint", "Logs ingestion endpoint", "url", true),
            Asked("rule_id", "Data collection rule ID", "text", true),
            Asked("stream_name", "Stream name", "text", true),
            Asked("tenant_id", "Tenant ID", "text", true),
            Asked("client_id", "Client ID", "text", true),
            Asked("client_secret", "Client secret", "password", true),
        ],
    },
    Kind {
        name: "generic_https",
        title: "HTTPS",
        fields: &[
            Asked("url", "URL", "url", true),
            Asked("authorization", "Authorization", "password", false),
        ],
    },
    Kind {
        name: "syslog",
        title: "Syslog (TLS)",
        fields: &[
            Asked("host", "Host", "text", true),
            Asked("port", "Port", "text", false),
            Asked("authority", "CA (PEM)", "area", false),
        ],
    },
];

/// A stream, as far as it is shown.
#[derive(Deserialize)]
struct Stream {
    id: String,
    name: Option<String>,
    r#type: String,
    state: String,
    error: Option<String>,
    destination: Map<String, Value>,
    events_waiting: u64,
    last_synced_at: Option<String>,
}

#[derive(Deserialize)]
struct Streams {
    data: Vec<Stream>,
}

/// What a receiver said to a test event.
#[derive(Deserialize)]
struct Delivery {
    error: Option<String>,
}

pub fn router(pages: &Arc<Pages>) -> Router {
    let at = |part: &str| format!("/portal/log-streams/{{id}}{part}");
    Router::new()
        .route(PATH, pages.form(list, choose))
        .route("/portal/log-streams/new/{kind}", pages.form(new, make))
        .route(&at("/test"), pages.form(elsewhere, test))
        .route(&at("/switch"), pages.form(elsewhere, switch))
        .route(&at("/delete"), pages.form(elsewhere, delete))
}

/// `GET /portal/log-streams`
fn list(visit: &Visit) -> Result<Response> {
    show(&Admin::of(visit, Some(Intent::LogStreams))?)
}

/// `POST /portal/log-streams`: on to the page of the receiver that was chosen.
fn choose(visit: &Visit) -> Result<Response> {
    Admin::of(visit, Some(Intent::LogStreams))?;
    match kind(visit.field("kind")) {
        Some(it) => see_other(&format!("{PATH}/new/{}", it.name)),
        None => see_other(PATH),
    }
}

/// `GET /portal/log-streams/new/{kind}`
fn new(visit: &Visit) -> Result<Response> {
    let admin = Admin::of(visit, Some(Intent::LogStreams))?.below(PATH);
    ask(&admin, find_kind(visit)?)
}

/// `POST /portal/log-streams/new/{kind}`
fn make(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::LogStreams)?.below(PATH);
    let kind = find_kind(visit)?;
    let input = json!({
        "organization_id": admin.session.organization_id, "name": kind.title,
        kind.name: destination(visit, kind),
    });
    let done = admin.operate("audit_log_streams.create", input);
    admin.then(done, &format!("{PATH}?saved"), |admin| ask(&admin, kind))
}

/// `POST /portal/log-streams/{id}/test`
fn test(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::LogStreams)?;
    let tried = admin.ask("audit_log_streams.test", json!({ "id": visit.path("id") }));
    match tried {
        Ok(Delivery { error: None }) => see_other(&format!("{PATH}?sent")),
        Ok(Delivery { error: Some(why) }) => {
            let told = vec![Text::new("portal-state-error"), Text::Verbatim(why)];
            show(&admin.refused(Problem::overall(Text::Sentences(told))))
        }
        Err(error) => admin.then(Err(error), PATH, |admin| show(&admin)),
    }
}

/// `POST /portal/log-streams/{id}/switch`
fn switch(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::LogStreams)?;
    let id = visit.path("id");
    let stream: Stream = admin.ask("audit_log_streams.get", json!({ "id": id }))?;
    let state = if stream.state == "inactive" { "active" } else { "inactive" };
    let done = admin.operate("audit_log_streams.update", json!({ "id": id, "state": state }));
    admin.then(done, &format!("{PATH}?saved"), |admin| show(&admin))
}

/// `POST /portal/log-streams/{id}/delete`
fn delete(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::LogStreams)?;
    if !admin.is_sure() {
        return show(&admin.refused(not_sure()));
    }
    let done = admin.operate("audit_log_streams.delete", json!({ "id": visit.path("id") }));
    admin.then(done, &format!("{PATH}?removed"), |admin| show(&admin))
}

fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|it| it.name == name)
}

fn find_kind(visit: &Visit) -> Result<&'static Kind> {
    let name = visit.path("kind");
    kind(name).ok_or_else(|| Error::not_found("Receiver", &name))
}

/// Where a stream is to lead, as the operation names it.
fn destination(visit: &Visit, kind: &Kind) -> Value {
    let mut fields = Map::new();
    for Asked(name, ..) in kind.fields {
        let typed = visit.field(name);
        match *name {
            _ if typed.is_empty() => {}
            "authorization" => {
                fields.insert("headers".to_owned(), json!({ "Authorization": typed }));
            }
            "port" => {
                // What is no number is refused by the operation.
                let port = typed.parse::<u16>().map_or_else(|_| json!(typed), Value::from);
                fields.insert("port".to_owned(), port);
            }
            name => {
                fields.insert(name.to_owned(), json!(typed));
            }
        }
    }
    Value::Object(fields)
}

fn ask(admin: &Admin<'_>, kind: &Kind) -> Result<Response> {
    let field = |Asked(name, label, typed, required): &Asked| PortalField {
        name,
        label: Text::Verbatim((*label).to_owned()),
        kind: typed,
        // What is secret is typed again.
        value: match *typed {
            "text" | "url" => admin.visit.field(name).to_owned(),
            _ => String::new(),
        },
        required: *required,
        options: Vec::new(),
    };
    let screen = PortalNewStream {
        form: admin.form(&format!("{PATH}/new/{}", kind.name)),
        head: admin.head(Text::new("portal-stream-add")),
        kind: kind.title.to_owned(),
        fields: kind.fields.iter().map(field).collect(),
    };
    admin.page(&screen)
}

fn show(admin: &Admin<'_>) -> Result<Response> {
    let input = json!({ "organization_id": admin.session.organization_id, "limit": SHOWN_MAX });
    let found: Streams = admin.ask("audit_log_streams.list", input)?;
    let kinds = KINDS.iter().map(|it| PortalOption {
        value: it.name.to_owned(),
        name: Text::Verbatim(it.title.to_owned()),
        chosen: false,
    });
    let screen = PortalStreams {
        form: admin.form(PATH),
        head: admin.head(Text::new("portal-log-streams")),
        streams: found.data.into_iter().map(entry).collect(),
        kinds: kinds.collect(),
    };
    admin.page(&screen)
}

fn entry(it: Stream) -> PortalStream {
    let at = |part: &str| format!("{PATH}/{}/{part}", it.id);
    let (key, tone) = match it.state.as_str() {
        "active" => ("portal-state-active", "good"),
        "error" => ("portal-state-error", "bad"),
        "invalid" => ("portal-state-invalid", "bad"),
        _ => ("portal-state-inactive", "calm"),
    };
    let text = |value: Value| match value {
        Value::String(it) => it,
        other => other.to_string(),
    };
    let fact = |(name, value)| PortalFact { name: Text::Verbatim(name), value: text(value) };
    PortalStream {
        state: PortalState { text: Text::new(key), tone },
        test_action: at("test"),
        switch_action: at("switch"),
        delete_action: at("delete"),
        is_on: it.state != "inactive",
        name: it.name.unwrap_or_else(|| it.r#type.clone()),
        kind: it.r#type,
        error: it.error,
        facts: it.destination.into_iter().map(fact).collect(),
        waiting: it.events_waiting,
        synced_on: it.last_synced_at,
    }
}
