//! Our side of OAuth 2.0, by the `oauth2` crate, over the guarded way out.
//!
//! What a provider answers is hostile until proven otherwise: it is bounded in size and time, and
//! nothing of it goes to the log, for it may hold tokens.
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl, http,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vestibule_kernel::net::http::{Failure, Outgoing};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, FlowCx, Method, Result};

use super::{AppleKey, AuthMethod, Provider};

/// The longest answer of a provider that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// The longest document of an identity provider that is read: metadata holds certificates.
const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// How long a provider may take for one answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// For how long a signed client secret is good.
const SIGNED_SECRET_SECONDS: i64 = 5 * 60;

/// The answer of a token endpoint, with the ID token that OpenID Connect adds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct IdToken {
    id_token: Option<String>,
}
impl oauth2::ExtraTokenFields for IdToken {}

type Answered = StandardTokenResponse<IdToken, BasicTokenType>;
type Configured = Client<
    BasicErrorResponse,
    Answered,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The tokens of somebody at a provider.
pub(super) struct Tokens {
    pub id_token: Option<Secret>,
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    pub expires_in: Option<Duration>,
    pub scopes: Option<Vec<String>>,
}

/// Why a provider was of no use: for the log.
#[derive(Debug)]
pub(crate) struct Unusable(pub String);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Unusable {}
impl From<Failure> for Unusable {
    fn from(it: Failure) -> Self {
        Self(it.to_string())
    }
}

/// The client that we are to a provider.
pub(super) fn client(provider: &Provider, redirect_uri: &str) -> Result<Configured> {
    let endpoints = provider.endpoints();
    let missing = |what: &str| Error::internal(format!("{} has no {what}", provider.key));
    let authorization = endpoints.authorization_endpoint.ok_or_else(|| missing("authorization"))?;
    let token = endpoints.token_endpoint.ok_or_else(|| missing("token endpoint"))?;
    let client = Client::new(ClientId::new(provider.client_id.clone()))
        .set_auth_uri(AuthUrl::new(authorization).map_err(Error::internal)?)
        .set_token_uri(TokenUrl::new(token).map_err(Error::internal)?)
        .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).map_err(Error::internal)?)
        .set_auth_type(match provider.auth_method() {
            AuthMethod::ClientSecretBasic => AuthType::BasicAuth,
            AuthMethod::ClientSecretPost => AuthType::RequestBody,
        });
    Ok(client)
}

/// Exchanges a code at the provider.
pub(super) fn exchange(
    flow: &FlowCx,
    provider: &Provider,
    redirect_uri: &str,
    code: &str,
    verifier: Option<&str>,
) -> Result<Tokens, Unusable> {
    let secret = match &provider.settings.apple {
        Some(key) => signed_secret(provider, key, flow.now())?,
        None => provider.secret.clone(),
    };
    let client = client(provider, redirect_uri)
        .map_err(|it| Unusable(it.to_string()))?
        .set_client_secret(ClientSecret::new(secret.reveal().to_owned()));
    let mut request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    if let Some(it) = verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(it.to_owned()));
    }
    let answered = request.request(&|it: HttpRequest| send(flow, it)).map_err(|it| told(&it))?;
    let secret = |it: &String| Secret::new(it.clone());
    Ok(Tokens {
        id_token: answered.extra_fields().id_token.as_ref().map(secret),
        access_token: secret(answered.access_token().secret()),
        refresh_token: answered.refresh_token().map(|it| secret(it.secret())),
        expires_in: answered.expires_in(),
        scopes: answered.scopes().map(|it| it.iter().map(|it| it.to_string()).collect()),
    })
}

/// What the log may know: the code of an error, never the body of an answer.
fn told(error: &RequestTokenError<Unusable, BasicErrorResponse>) -> Unusable {
    Unusable(match error {
        RequestTokenError::ServerResponse(it) => {
            let code: String = it.error().to_string().chars().take(64).collect();
            format!("the token endpoint refused the code: {code:?}")
        }
        RequestTokenError::Request(it) => format!("the token endpoint cannot be asked: {it}"),
        RequestTokenError::Parse(it, _) => {
            format!("the token endpoint answered no tokens, at '{}'", it.path())
        }
        RequestTokenError::Other(_) => "the token endpoint answered something else".to_owned(),
    })
}

/// Carries a request of the client library out.
fn send(flow: &FlowCx, request: HttpRequest) -> Result<HttpResponse, Unusable> {
    let (parts, body) = request.into_parts();
    let mut headers = Vec::new();
    for name in ["accept", "content-type", "authorization"] {
        if let Some(value) = parts.headers.get(name).and_then(|it| it.to_str().ok()) {
            headers.push((name, value.to_owned()));
        }
    }
    let net = flow.app.net();
    let target = net.http().target(&parts.uri.to_string())?;
    let outgoing =
        Outgoing { method: Method::Post, target, headers, body, timeout: ANSWER_TIME_MAX };
    let fetched = net.fetch(outgoing, ANSWER_BYTES_MAX)?;
    // RFC 6749 §5.1 has 200; some providers make it 201.
    let status = if fetched.status == 201 { 200 } else { fetched.status };
    let mut response = http::Response::builder().status(status);
    if let Some(it) = &fetched.content_type {
        response = response.header("content-type", it);
    }
    response.body(fetched.body).map_err(|it| Unusable(it.to_string()))
}

/// What an address answers to the holder of an access token.
pub(super) fn ask(flow: &FlowCx, url: &str, access_token: &Secret) -> Result<Value, Unusable> {
    let bearer = ("authorization", format!("Bearer {}", access_token.reveal()));
    get_json(flow, url, vec![bearer])
}

/// What an address answers to anybody.
pub(crate) fn get_json(
    flow: &FlowCx,
    url: &str,
    mut headers: Vec<(&'static str, String)>,
) -> Result<Value, Unusable> {
    headers.push(("accept", "application/json".to_owned()));
    let body = get(flow, url, headers, ANSWER_BYTES_MAX)?;
    serde_json::from_slice(&body).map_err(|_| Unusable(format!("{url} answered no JSON")))
}

/// The document at an address.
pub(crate) fn get_text(flow: &FlowCx, url: &str) -> Result<String, Unusable> {
    let body = get(flow, url, Vec::new(), DOCUMENT_BYTES_MAX)?;
    String::from_utf8(body).map_err(|_| Unusable(format!("{url} answered no text")))
}

fn get(
    flow: &FlowCx,
    url: &str,
    headers: Vec<(&'static str, String)>,
    bytes_max: usize,
) -> Result<Vec<u8>, Unusable> {
    let net = flow.app.net();
    let target = net.http().target(url)?;
    let body = Vec::new();
    let outgoing =
        Outgoing { method: Method::Get, target, headers, body, timeout: ANSWER_TIME_MAX };
    let fetched = net.fetch(outgoing, bytes_max)?;
    match fetched.status {
        200 => Ok(fetched.body),
        status => Err(Unusable(format!("{url} answered {status}"))),
    }
}

/// The client secret that Apple takes: a token that the team's key has signed (ES256).
fn signed_secret(provider: &Provider, key: &AppleKey, now: Time) -> Result<Secret, Unusable> {
    let unusable = |_| Unusable("the private key does not sign".to_owned());
    let pair = private_key(provider.secret.reveal())
        .ok_or_else(|| Unusable("the private key cannot be read".to_owned()))?;
    let header = json!({ "alg": "ES256", "kid": key.key_id });
    let seconds = now.millis() / 1000;
    let issuer = provider.endpoints().issuer;
    let claims = json!({
        "iss": key.team_id,
        "iat": seconds,
        "exp": seconds + SIGNED_SECRET_SECONDS,
        "aud": issuer,
        "sub": provider.client_id,
    });
    let part = |it: &Value| BASE64URL_NOPAD.encode(it.to_string().as_bytes());
    let message = format!("{}.{}", part(&header), part(&claims));
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).map_err(unusable)?;
    Ok(Secret::new(format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))))
}

/// Reads a private key as Apple gives it: PKCS #8 in PEM.
pub(super) fn private_key(pem: &str) -> Option<EcdsaKeyPair> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.split_whitespace().collect();
    let der = BASE64.decode(body.as_bytes()).ok()?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok()
}
