//! The authorization server of [`resource`]: how an OAuth client gets an agent token from a person.
//!
//! - It is OAuth 2.1 for public clients: a code for PKCE with S256, and refresh tokens that rotate. A
//!   client names itself by the address of a document ([`documents`]) or registers ([`clients`]).
//! - A request says nothing of who asks: the person who answers it types a key of their own, and the
//!   key says in which environment the token is. So no environment is known before.
//! - Nobody is sent to a redirect URI before it is proved to be the client's ([`request`]).
//! - What comes of it is an agent token with a client ([`crate::agent_tokens`]): its policy, record and
//!   approvals are those of any other, and whoever may end those may end it.
//! - Digests of codes and tokens are kept; the pair that a refresh token was last exchanged for is, too,
//!   sealed, for a day. One that comes twice ends the token ([`grants`]).
use std::sync::Arc;

use serde::Serialize;
use vestibule_kernel::agent::resource;
use vestibule_kernel::{App, Code, Cx, Effect, Result};

mod clients;
mod documents;
mod grants;
mod request;
mod store;

pub use clients::{
    Client, REGISTRATION_BYTES_MAX, Registered, Registration, find as find_client, register,
};
pub use documents::Documents;
pub use grants::{Tokens, allow, deny, exchange, revoke};
pub use request::{AuthorizationRequest, Refused};

/// Where a browser is sent to ask a person.
pub const AUTHORIZE_PATH: &str = "/agents/authorize";
/// Where codes and refresh tokens are exchanged.
pub const TOKEN_PATH: &str = "/agents/token";
/// Where clients register themselves.
pub const REGISTER_PATH: &str = "/agents/register";
/// Where clients end what they got.
pub const REVOKE_PATH: &str = "/agents/revoke";

/// The request lacks something, has it twice, or has it in a wrong form (RFC 6749 §5.2).
pub const INVALID_REQUEST: Code = "invalid_request";
/// The code or token is not good (RFC 6749 §5.2).
pub const INVALID_GRANT: Code = "invalid_grant";
/// A scope is unknown, or was not granted (RFC 6749 §5.2).
pub const INVALID_SCOPE: Code = "invalid_scope";
/// The client is unknown, or another's token was shown (RFC 6749 §5.2).
pub const INVALID_CLIENT: Code = "invalid_client";
/// The resource is not ours (RFC 8707 §2).
pub const INVALID_TARGET: Code = "invalid_target";

/// What clients must know of the authorization server (RFC 8414 §2).
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    registration_endpoint: String,
    revocation_endpoint: String,
    scopes_supported: [&'static str; 3],
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [&'static str; 1],
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    // draft-ietf-oauth-client-id-metadata-document §5.
    client_id_metadata_document_supported: bool,
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    // RFC 9728 §4.
    protected_resources: [String; 1],
}

impl Metadata {
    /// Those of this server.
    pub fn of(app: &App) -> Self {
        let at = |path: &str| format!("{}{path}", app.options().public_url);
        Self {
            issuer: issuer(app).to_owned(),
            authorization_endpoint: at(AUTHORIZE_PATH),
            token_endpoint: at(TOKEN_PATH),
            registration_endpoint: at(REGISTER_PATH),
            revocation_endpoint: at(REVOKE_PATH),
            scopes_supported: resource::SCOPES.map(Effect::name),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: ["authorization_code", "refresh_token"],
            token_endpoint_auth_methods_supported: ["none"],
            revocation_endpoint_auth_methods_supported: ["none"],
            code_challenge_methods_supported: ["S256"],
            client_id_metadata_document_supported: true,
            authorization_response_iss_parameter_supported: true,
            protected_resources: [resource::identifier(app)],
        }
    }
}

/// The issuer: this server.
pub fn issuer(app: &App) -> &str {
    &app.options().public_url
}

/// Forgets codes and tokens of this environment whose agent tokens are long over.
pub fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    store::forget(cx)
}

/// Forgets the clients that registered and that nobody let in.
pub fn forget_clients(app: &Arc<App>) -> Result<u64> {
    let now = app.now();
    app.db().write(move |tx| store::forget_clients(tx, now))
}
