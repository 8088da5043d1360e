//! Reading and changing how an environment has passkeys.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::{Cx, Error, Fine, Operation, Patch, Result, Route};

use super::relying_party::{ORIGIN_BYTES_MAX, ORIGINS_MAX, parse_id, parse_origin};
use super::{PasskeySettings, ProgressiveEnrollment, RelyingParty};

/// How an environment has passkeys
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PasskeySettings")]
pub struct Shown {
    /// Always `passkey_settings`
    #[schemars(extend("const" = "passkey_settings"))]
    object: &'static str,
    #[serde(flatten)]
    settings: PasskeySettings,
    /// Domain that passkeys belong to by all that is known; none where the public URL has no domain
    effective_relying_party_id: Option<String>,
    /// All origins where passkeys are used
    effective_origins: Vec<String>,
}

impl Shown {
    fn of(cx: &mut Cx<'_>, settings: PasskeySettings) -> Result<Self> {
        let (id, origins) = match RelyingParty::of(cx)? {
            Some(it) => (Some(it.id), it.origins),
            None => (None, Vec::new()),
        };
        Ok(Self {
            object: "passkey_settings",
            settings,
            effective_relying_party_id: id,
            effective_origins: origins,
        })
    }
}

/// Get how an environment has passkeys
#[derive(Deserialize, JsonSchema)]
pub struct GetPasskeySettings {}

impl Operation for GetPasskeySettings {
    const ID: &'static str = "passkey_settings.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/passkey_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let settings = cx.setting()?;
        Shown::of(cx, settings).map(Fine)
    }
}

/// Change how an environment has passkeys
///
/// What is not given stays as it is. Passkeys that were registered for another domain stay listed and
/// do not sign in any more.
#[derive(Deserialize, JsonSchema)]
pub struct UpdatePasskeySettings {
    /// Domain that passkeys belong to, such as `example.com`; null for that of the public URL
    #[serde(default)]
    #[schemars(length(min = 1, max = 253))]
    relying_party_id: Patch<String>,
    /// Origins, beside that of the public URL, whose pages and apps use passkeys
    #[schemars(length(max = ORIGINS_MAX), inner(length(max = ORIGIN_BYTES_MAX)))]
    origins: Option<Vec<String>>,
    /// When users who have no passkey are offered one after another sign-in, at most every 14 days
    progressive_enrollment: Option<ProgressiveEnrollment>,
}

impl Operation for UpdatePasskeySettings {
    const ID: &'static str = "passkey_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/passkey_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { relying_party_id, origins, progressive_enrollment } = self;
        let mut settings: PasskeySettings = cx.setting()?;
        relying_party_id
            .try_map(|it| parse_id(&it).ok_or_else(|| not_a_domain(&it)))?
            .apply(&mut settings.relying_party_id);
        if let Some(origins) = origins {
            let parse = |it: &String| parse_origin(it).ok_or_else(|| not_an_origin(it));
            settings.origins = origins.iter().map(parse).collect::<Result<_>>()?;
        }
        settings.progressive_enrollment =
            progressive_enrollment.unwrap_or(settings.progressive_enrollment);
        cx.set(&settings)?;
        Shown::of(cx, settings).map(Fine)
    }
}

fn not_a_domain(text: &str) -> Error {
    let why = format!("'{text}' is no domain that somebody can own, such as example.com.");
    Error::invalid_field("relying_party_id", "invalid", why)
}

fn not_an_origin(text: &str) -> Error {
    let why = format!(
        "'{text}' is no origin such as https://app.example.com, http://localhost:3000 or \
         android:apk-key-hash:… with the digest of the app's certificate."
    );
    Error::invalid_field("origins", "invalid", why)
}
