//! Keys of a role that the owner of a bucket lets us assume: AssumeRole of AWS's Security Token
//! Service (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>), which other
//! stores offer at their own address.
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::HttpRequest;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Time;

use super::super::destination::S3;
use super::{Answer, Parcel, RESPONSE_CHARS_MAX, Refusal, RefusalKind, Said, pass, some_text};

const API_VERSION: &str = "2011-06-15";
/// How long keys are asked for, in seconds: as long as a role allows where nobody changed it.
const SECONDS: i64 = 3600;
/// Codes of refusals with the status 400 that mean that we asked too often.
const CODES_OF_THROTTLING: &[&str] = &["RequestLimitExceeded", "Throttling", "ThrottlingException"];

/// What requests to a bucket are signed with.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: Secret,
    /// Goes along with keys that end.
    pub(super) token: Option<Secret>,
}

impl Keys {
    /// The keys that a stream was made with.
    pub(super) fn of(to: &S3) -> Self {
        let (id, secret) = (to.access_key_id.clone(), to.secret_access_key.clone());
        Self { id, secret, token: None }
    }
    /// What of them must not be told.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        std::iter::once(&self.secret).chain(&self.token).collect()
    }
}

/// What a role is assumed with.
pub(super) struct Assuming<'a> {
    to: &'a S3,
    role: &'a str,
    /// How our requests are named in the records of the role's account.
    session: String,
}

impl<'a> Assuming<'a> {
    /// The role that a stream is to assume, if there is one.
    pub(super) fn of(parcel: &Parcel<'_>, to: &'a S3) -> Option<Self> {
        let role = to.role_arn.as_deref()?;
        Some(Self { to, role, session: format!("vestibule-{}", parcel.stream) })
    }

    /// What its keys are kept under.
    pub(super) fn key(&self) -> String {
        let S3 { region, access_key_id, secret_access_key, external_id, .. } = self.to;
        let endpoint = self.endpoint();
        let external_id = external_id.as_deref().unwrap_or_default();
        let secret = secret_access_key.reveal();
        let parts =
            [&endpoint, region, access_key_id, secret, self.role, external_id, &self.session];
        digest_of(parts.join("\n"))
    }

    /// Where the service is: a store that is not Amazon's has it at its own address.
    fn endpoint(&self) -> String {
        let S3 { region, endpoint, sts_endpoint, .. } = self.to;
        let given = sts_endpoint.as_ref().or(endpoint.as_ref()).cloned();
        let of_china = if region.starts_with("cn-") { ".cn" } else { "" };
        given.unwrap_or_else(|| format!("https://sts.{region}.amazonaws.com{of_china}"))
    }

    /// Asks for keys, and keeps them.
    pub(super) async fn ask(&self, parcel: &Parcel<'_>, key: &str) -> Result<Keys, Box<Answer>> {
        let request =
            self.request().map_err(|why| Box::new(no_keys(RefusalKind::Passing, &why)))?;
        let said = pass(parcel.app, request).await.map_err(|it| Box::new(Answer::failed(&it)))?;
        let Some((keys, until)) = said.keys() else { return Err(Box::new(said.judge_keys())) };
        let latest = parcel.app.now().plus_seconds(SECONDS);
        parcel.tokens.roles.keep(key.to_owned(), keys.clone(), until.min(latest));
        Ok(keys)
    }

    fn request(&self) -> Result<http::Request<Vec<u8>>, String> {
        let S3 { region, external_id, .. } = self.to;
        let url = Url::parse(&self.endpoint()).map_err(|it| it.to_string())?;
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", "AssumeRole")
            .append_pair("Version", API_VERSION)
            .append_pair("RoleArn", self.role)
            .append_pair("RoleSessionName", &self.session)
            .append_pair("DurationSeconds", &SECONDS.to_string());
        if let Some(it) = external_id {
            form.append_pair("ExternalId", it);
        }
        let body = form.finish().into_bytes();
        let mut request: HttpRequest = http::Request::post(url.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.clone().into())
            .map_err(|it| it.to_string())?;
        let Keys { id, secret, token: _ } = Keys::of(self.to);
        let secret_key = secret.reveal().to_owned();
        let credential = AwsCredential { key_id: id, secret_key, token: None };
        AwsAuthorizer::new(&credential, "sts", region)
            .try_authorize(&mut request, None)
            .map_err(|it| it.to_string())?;
        let (head, _) = request.into_parts();
        Ok(http::Request::from_parts(head, body))
    }
}

/// What the service answers where it gives keys.
#[derive(Deserialize)]
struct Assumed {
    #[serde(rename = "AssumeRoleResult")]
    result: AssumedResult,
}

#[derive(Deserialize)]
struct AssumedResult {
    #[serde(rename = "Credentials")]
    credentials: Credentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Secret,
    expiration: Time,
}

/// What it answers where it gives none.
#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "Error")]
    error: RefusedWith,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RefusedWith {
    code: String,
    #[serde(default)]
    message: String,
}

impl Said {
    /// The keys in an answer, and when they end.
    fn keys(&self) -> Option<(Keys, Time)> {
        let fine = (200..300).contains(&self.status);
        let assumed: Assumed = quick_xml::de::from_str(&self.body).ok().filter(|_| fine)?;
        let Credentials { access_key_id, secret_access_key, session_token, expiration } =
            assumed.result.credentials;
        // They are going to stand in headers.
        let can_stand = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_graphic());
        if !can_stand(&access_key_id) || !can_stand(session_token.reveal()) {
            return None;
        }
        let (id, secret, token) = (access_key_id, secret_access_key, Some(session_token));
        Some((Keys { id, secret, token }, expiration))
    }

    /// What an answer without keys says.
    fn judge_keys(self) -> Answer {
        let Self { status, retry_after, body } = self;
        if (200..300).contains(&status) {
            // It may hold keys in a form that we do not know, so it is not told.
            let why = format!("it answered {status} in a form that we do not know");
            return no_keys(RefusalKind::Passing, &why);
        }
        let refused = quick_xml::de::from_str::<Refused>(&body).ok().map(|it| it.error);
        let throttled =
            refused.as_ref().is_some_and(|it| CODES_OF_THROTTLING.contains(&it.code.as_str()));
        let kind = match status {
            400 | 401 | 403 | 404 if !throttled => RefusalKind::Credentials,
            _ => RefusalKind::Passing,
        };
        let why = match refused {
            Some(RefusedWith { code, message }) => {
                format!("{code}. {message}").chars().take(RESPONSE_CHARS_MAX).collect()
            }
            None => format!("it answered {status}"),
        };
        let answer = no_keys(kind, why.trim_end_matches([' ', '.']));
        let refusal = answer.refusal.map(|it| Refusal { retry_after, ..it });
        Answer { status_code: Some(status), response: some_text(body), refusal }
    }
}

fn no_keys(kind: RefusalKind, why: &str) -> Answer {
    Answer::refused(kind, format!("The role could not be assumed: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Said {
        Said { status, retry_after: None, body: body.to_owned() }
    }

    #[test]
    fn keys_are_read_and_nothing_that_cannot_stand_in_a_header() {
        let body = |token: &str| {
            format!(
                r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIA1</AccessKeyId>
      <SecretAccessKey>a&amp;b</SecretAccessKey>
      <SessionToken>{token}</SessionToken>
      <Expiration>2026-01-15T12:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>"#
            )
        };
        let (keys, until) = said(200, &body("t/1+=")).keys().unwrap();
        assert_eq!((keys.id.as_str(), keys.secret.reveal()), ("ASIA1", "a&b"));
        assert_eq!(keys.token.unwrap().reveal(), "t/1+=");
        assert_eq!(until.to_string(), "2026-01-15T12:00:00.000Z");
        for token in ["", "a b", "a&#10;b", "ä"] {
            assert!(said(200, &body(token)).keys().is_none(), "{token}");
        }
        assert!(said(403, &body("t")).keys().is_none());
    }

    #[test]
    fn a_refusal_tells_why_and_whether_somebody_must_look() {
        let judged = |status, body: &str| {
            let answer = said(status, body).judge_keys();
            let refusal = answer.refusal.unwrap();
            (refusal.kind, refusal.why)
        };
        let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                      <Message>Not you.</Message></Error></ErrorResponse>";
        let why = "The role could not be assumed: AccessDenied. Not you.";
        assert_eq!(judged(403, denied), (RefusalKind::Credentials, why.to_owned()));
        let throttled = denied.replace("AccessDenied", "Throttling");
        assert_eq!(judged(400, &throttled).0, RefusalKind::Passing);
        let why = "The role could not be assumed: it answered 503.";
        assert_eq!(judged(503, "<html>"), (RefusalKind::Passing, why.to_owned()));
        let odd = said(200, "<Keys>secret</Keys>").judge_keys();
        assert_eq!(odd.response, None, "what may be keys is not told");
    }
}
