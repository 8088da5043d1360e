//! Azure Monitor's Logs Ingestion API
//! (<https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview>), with a token
//! of an application in Entra ID (client credentials).
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Time;

use super::super::batch::Document;
use super::super::destination::AzureSentinel;
use super::{Answer, Parcel, Post, RefusalKind, Said, exchange, gzip, no_form, post};

const API_VERSION: &str = "2023-01-01";
const AUTHORITY: &str = "https://login.microsoftonline.com";
const SCOPE: &str = "https://monitor.azure.com/.default";

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "TimeGenerated")]
    time_generated: Time,
    id: &'a str,
    event_type: &'a str,
    organization_id: &'a OrganizationId,
    data: &'a Document,
}

pub(super) async fn send(parcel: &Parcel<'_>, to: &AzureSentinel) -> Answer {
    let entries = parcel.batch.events.iter().map(|event| Entry {
        time_generated: event.content.occurred_at,
        id: event.id.as_str(),
        event_type: &event.content.action,
        organization_id: parcel.organization,
        data: event,
    });
    let body = match serde_json::to_vec(&entries.collect::<Vec<_>>()) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let body = match gzip(&body) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let key = key(to);
    let kept = parcel.tokens.entra.get(&key, parcel.app.now());
    let was_kept = kept.is_some();
    let token = match kept {
        Some(token) => token,
        None => match ask(parcel, to, &key).await {
            Ok(token) => token,
            Err(answer) => return *answer,
        },
    };
    let answer = ingest(parcel, to, &token, body.clone()).await;
    if !answer.refuses_credentials() {
        return answer.without(&[&token]);
    }
    parcel.tokens.entra.forget(&key);
    if !was_kept {
        return answer.without(&[&token]);
    }
    // One that was kept may have been revoked since; a fresh one says whether that was all.
    match ask(parcel, to, &key).await {
        Ok(token) => ingest(parcel, to, &token, body).await.without(&[&token]),
        Err(answer) => *answer,
    }
}

async fn ingest(parcel: &Parcel<'_>, to: &AzureSentinel, token: &Secret, body: Vec<u8>) -> Answer {
    let path = ["dataCollectionRules", &to.rule_id, "streams", &to.stream_name];
    let Some(mut url) = below(&to.endpoint, &path) else { return no_address("endpoint") };
    url.query_pairs_mut().append_pair("api-version", API_VERSION);
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("content-encoding", "gzip".to_owned()),
        ("authorization", format!("Bearer {}", token.reveal())),
    ];
    post(parcel.app, Post { url: url.as_str(), headers, body }).await
}

/// Asks for a token.
async fn ask(parcel: &Parcel<'_>, to: &AzureSentinel, key: &str) -> Result<Secret, Box<Answer>> {
    let authority = to.authority.as_deref().unwrap_or(AUTHORITY);
    let url = below(authority, &[&to.tenant_id, "oauth2", "v2.0", "token"])
        .ok_or_else(|| Box::new(no_address("authority")))?;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &to.client_id)
        .append_pair("client_secret", to.client_secret.reveal())
        .append_pair("scope", to.scope.as_deref().unwrap_or(SCOPE))
        .append_pair("grant_type", "client_credentials")
        .finish();
    let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    let request = Post { url: url.as_str(), headers, body: body.into_bytes() };
    let said = exchange(parcel.app, request).await.map_err(|it| Box::new(Answer::failed(&it)))?;
    let Some(granted) = said.granted() else { return Err(Box::new(said.judge_token())) };
    let token = Secret::new(granted.access_token);
    let until = parcel.app.now().plus_seconds(granted.expires_in);
    parcel.tokens.entra.keep(key.to_owned(), token.clone(), until);
    Ok(token)
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

impl Said {
    fn granted(&self) -> Option<Granted> {
        let fine = (200..300).contains(&self.status);
        serde_json::from_str(&self.body).ok().filter(|_| fine)
    }
    /// What an answer without a token says: Entra ID refuses a wrong secret with 401, a wrong
    /// application or tenant with 400.
    fn judge_token(self) -> Answer {
        let status = self.status;
        let mut answer = self.judge();
        let why = format!("Entra ID gave no token: it answered {status}.");
        match &mut answer.refusal {
            Some(refusal) => {
                if matches!(status, 400 | 404) {
                    refusal.kind = RefusalKind::Credentials;
                }
                refusal.why = why;
            }
            // A success that holds no token may hold one in a form that we do not know.
            None => return Answer::refused(RefusalKind::Passing, why),
        }
        answer
    }
}

/// What a token is asked for with.
fn key(to: &AzureSentinel) -> String {
    let AzureSentinel { tenant_id, client_id, client_secret, authority, scope, .. } = to;
    let parts = [
        tenant_id.as_str(),
        client_id,
        client_secret.reveal(),
        authority.as_deref().unwrap_or_default(),
        scope.as_deref().unwrap_or_default(),
    ];
    digest_of(parts.join("\n"))
}

/// An address below another, each segment for itself, so that none leads elsewhere.
fn below(base: &str, segments: &[&str]) -> Option<Url> {
    let mut url = Url::parse(base).ok()?;
    url.set_query(None);
    url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
    Some(url)
}

fn no_address(field: &str) -> Answer {
    Answer::refused(RefusalKind::Passing, format!("The {field} is not an address."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_leads_nowhere_else() {
        let url = below("https://dce.example/", &["dataCollectionRules", "../x/y?z#w"]).unwrap();
        assert_eq!(url.as_str(), "https://dce.example/dataCollectionRules/..%2Fx%2Fy%3Fz%23w");
    }
}
