//! The public keys of access tokens, as JSON Web Keys (RFC 7517).
use data_encoding::BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::catalog::Method::Get;
use vestibule_kernel::context::App;
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{ClientId, EnvironmentId};
use vestibule_kernel::{Access, Error, Fine, Flow, FlowCx, Result, Route, environment};

use super::keys::{self, PublicKey};

/// Get the public keys that verify access tokens
///
/// A verifier may keep them for some minutes and should fetch them again when it meets a key
/// identifier that it does not know.
#[derive(Deserialize, JsonSchema)]
pub struct GetJwks {
    /// The client ID of the environment
    #[serde(rename = "clientId")]
    #[expect(dead_code, reason = "it decides the environment, before the operation runs")]
    client_id: Option<ClientId>,
}

impl Flow for GetJwks {
    const ID: &'static str = "jwks.get";
    const ROUTE: Route = Route(Get, "/sso/jwks/{clientId}");
    const ALIASES: &'static [Route] =
        &[Route(Get, "/user_management/sessions/jwks/{clientId}"), Route(Get, "/sso/jwks")];
    const ACCESS: Access = Access::Open(resolve);
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Jwks>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        keys::signing(flow)?;
        let keys = flow.read(keys::published)?;
        Ok(Fine(Jwks { keys: keys.iter().map(Jwk::of).collect() }))
    }
}

/// The environment of the client ID; without one, the oldest: a small installation has no other.
fn resolve(_: &App, tx: &mut dyn Tx, input: &Value) -> Result<EnvironmentId> {
    if let Some(client_id) = input.get("clientId").and_then(Value::as_str) {
        let found = environment::by_client_id(tx, client_id)?;
        return found.map(|it| it.id).ok_or_else(|| Error::not_found("Client", &client_id));
    }
    let sql = "SELECT id FROM environments ORDER BY created_at, id LIMIT 1
               -- global: the environments themselves";
    match tx.first(sql, &[])? {
        Some(mut row) => row.take(),
        None => Err(Error::not_found("Client", &"")),
    }
}

/// The public keys of an environment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JwksResponse")]
pub struct Jwks {
    /// The keys, newest first
    pub keys: Vec<Jwk>,
}

/// A public RSA key.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Jwk {
    /// The algorithm, always `RS256`
    #[schemars(extend("const" = "RS256"))]
    pub alg: &'static str,
    /// The type of key, always `RSA`
    #[schemars(extend("const" = "RSA"))]
    pub kty: &'static str,
    /// What it is for, always `sig`
    #[serde(rename = "use")]
    #[schemars(extend("const" = "sig"))]
    pub usage: &'static str,
    /// A certificate of the key by itself, in base64
    pub x5c: Vec<String>,
    /// The modulus in base64url
    pub n: String,
    /// The exponent in base64url
    pub e: String,
    /// The name of the key in the header of a token
    pub kid: String,
    /// SHA-256 of the certificate in base64url
    #[serde(rename = "x5t#S256")]
    pub x5t_s256: String,
}

impl Jwk {
    fn of(key: &PublicKey) -> Self {
        Self {
            alg: "RS256",
            kty: "RSA",
            usage: "sig",
            x5c: vec![BASE64.encode(&key.certificate)],
            n: key.modulus.clone(),
            e: key.exponent.clone(),
            kid: key.kid.to_string(),
            x5t_s256: key.thumbprint.clone(),
        }
    }
}
