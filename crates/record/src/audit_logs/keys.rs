//! The key by which the installation signs what it says of audit logs, for whoever holds a copy:
//! Ed25519, made at its first use and sealed at rest. Statements are compact JWS (RFC 7515, RFC 8037),
//! which libraries of every language verify.
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vestibule_kernel::db::{Tx, Value};
use vestibule_kernel::secret::digest_of;
use vestibule_kernel::{App, Error, Fine, Flow, FlowCx, Method::Get, Result, Route};
use zeroize::Zeroizing;

/// Its name among the values of the installation.
const NAME: &str = "audit_log_signing_key";
const PURPOSE: &str = "installation.audit_log_signing_key";
/// How many letters of the digest of a public key name it.
const ID_LETTERS: usize = 16;

/// The key of the installation.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The key, made where there is none yet.
    pub fn of(app: &Arc<App>) -> Result<Self> {
        if let Some(found) = app.db().read(|tx| Self::get(app, tx))? {
            return Ok(found);
        }
        let made = Ed25519KeyPair::generate().map_err(Error::internal)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&made).map_err(Error::internal)?;
        let der = Zeroizing::new(der.as_ref().to_vec());
        let sealed = BASE64URL_NOPAD.encode(&app.sealer().seal(app.chance(), PURPOSE, &der)?);
        app.db().write(move |tx| {
            // Where another node was first, its key is the one.
            let sql = "INSERT INTO installation (name, value) VALUES ($1, $2)
                       ON CONFLICT (name) DO NOTHING -- global: of the installation";
            tx.execute(sql, &[NAME.into(), Value::from(&sealed)])
        })?;
        let found = app.db().read(|tx| Self::get(app, tx))?;
        found.ok_or_else(|| Error::internal("the key of audit logs is not there"))
    }

    /// The key, if it was made.
    pub fn get(app: &App, tx: &mut dyn Tx) -> Result<Option<Self>> {
        let sql = "SELECT value FROM installation WHERE name = $1 -- global: of the installation";
        let Some(mut row) = tx.first(sql, &[NAME.into()])? else { return Ok(None) };
        let sealed: String = row.take()?;
        let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).map_err(Error::internal)?;
        let der = app.sealer().open(PURPOSE, &sealed)?;
        let pair =
            Ed25519KeyPair::from_pkcs8(&der).map_err(|it| Error::internal(it.to_string()))?;
        Ok(Some(Self { pair }))
    }

    fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
    /// Its name in the header of what it signs.
    pub fn id(&self) -> String {
        digest_of(self.public()).chars().take(ID_LETTERS).collect()
    }
    /// Signs a statement.
    pub fn sign(&self, statement: &impl Serialize) -> Result<String> {
        let header = json!({ "alg": "EdDSA", "kid": self.id() }).to_string();
        let payload = serde_json::to_vec(statement).map_err(Error::internal)?;
        let signed = format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(header.as_bytes()),
            BASE64URL_NOPAD.encode(&payload)
        );
        let signature = self.pair.sign(signed.as_bytes());
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref())))
    }
    /// The statement, if this key signed it. The key is ours whatever the header says.
    pub fn open<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (signed, signature) = token.trim().rsplit_once('.')?;
        let (_, payload) = signed.split_once('.')?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        let key = UnparsedPublicKey::new(&ED25519, self.public());
        key.verify(signed.as_bytes(), &signature).ok()?;
        let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        serde_json::from_slice(&payload).ok()
    }
}

/// The keys that verify checkpoints and manifests
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogKeys {
    /// The keys
    pub keys: Vec<AuditLogKey>,
}

/// A public key, as JSON Web Keys have it
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogKey {
    /// Always `OKP`
    pub kty: &'static str,
    /// Always `Ed25519`
    pub crv: &'static str,
    /// Always `EdDSA`
    pub alg: &'static str,
    /// Always `sig`
    pub r#use: &'static str,
    /// Its name in the header of what it signed
    pub kid: String,
    /// The public key, in base64url
    pub x: String,
}

/// Get the public keys that verify checkpoints and the manifests of exports
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuditLogKeys {}

impl Flow for GetAuditLogKeys {
    const ID: &'static str = "audit_log_keys.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/keys");
    const EXTENSION: bool = true;
    type Reply = Fine<AuditLogKeys>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self {} = self;
        let key = SigningKey::of(&flow.app)?;
        let x = BASE64URL_NOPAD.encode(key.public());
        let key = AuditLogKey {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            r#use: "sig",
            kid: key.id(),
            x,
        };
        Ok(Fine(AuditLogKeys { keys: vec![key] }))
    }
}
