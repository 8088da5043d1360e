//! What browsers are given, and what they give back, in the forms of WebAuthn Level 3 §5.1.8–10.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest parts of an answer; those of real authenticators are a fraction of it.
const CREDENTIAL_ID_LETTERS_MAX: u32 = 1366;
const DATA_LETTERS_MAX: u32 = 16 * 1024;
const ATTESTATION_LETTERS_MAX: u32 = 48 * 1024;

/// Options for `navigator.credentials.create()`, as `parseCreationOptionsFromJSON()` reads them
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct CreationOptions {
    /// Whose passkey it will be
    pub rp: Party,
    /// Who gets it
    pub user: Account,
    /// What the authenticator signs, in base64url
    pub challenge: String,
    /// Algorithms that are taken, the best first
    pub pub_key_cred_params: Vec<Algorithm>,
    /// How many milliseconds the user may take
    pub timeout: u64,
    /// Passkeys that the user has already
    pub exclude_credentials: Vec<Descriptor>,
    /// What the authenticator must be able to do
    pub authenticator_selection: Selection,
    /// Always `none`: nobody asks which make the authenticator is of
    #[schemars(extend("const" = "none"))]
    pub attestation: &'static str,
    /// Extensions that are asked for
    pub extensions: Extensions,
}

/// Options for `navigator.credentials.get()`, as `parseRequestOptionsFromJSON()` reads them
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct RequestOptions {
    /// What the authenticator signs, in base64url
    pub challenge: String,
    /// How many milliseconds the user may take
    pub timeout: u64,
    /// Domain that the passkey belongs to
    pub rp_id: String,
    /// Passkeys that will do; any where there are none
    pub allow_credentials: Vec<Descriptor>,
    /// Always `required`
    #[schemars(extend("const" = "required"))]
    pub user_verification: &'static str,
}

/// A relying party
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Party {
    /// Its domain
    pub id: String,
    /// What authenticators call it
    pub name: String,
}

/// An account, as authenticators know it
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Account {
    /// Random name in base64url, which tells nobody anything
    pub id: String,
    /// E-mail address of the user
    pub name: String,
    /// Name of the user
    pub display_name: String,
}

/// A signature algorithm
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Algorithm {
    /// Always `public-key`
    #[schemars(extend("const" = "public-key"))]
    pub r#type: &'static str,
    /// Number of the algorithm in COSE
    pub alg: i32,
}

/// A passkey, by its credential
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Descriptor {
    /// Always `public-key`
    #[schemars(extend("const" = "public-key"))]
    pub r#type: &'static str,
    /// ID of the credential in base64url
    pub id: String,
    /// How the authenticator is reached
    pub transports: Vec<String>,
}

/// What an authenticator must be able to do
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Selection {
    /// Always `required`: it is found without the address of the user
    #[schemars(extend("const" = "required"))]
    pub resident_key: &'static str,
    /// The same for older browsers
    pub require_resident_key: bool,
    /// Always `required`: a finger, a face or a PIN
    #[schemars(extend("const" = "required"))]
    pub user_verification: &'static str,
}

/// Extensions
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Extensions {
    /// Whether the browser tells what it made
    pub cred_props: bool,
}

/// What `navigator.credentials.create()` gave, as its `toJSON()` writes it
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct NewCredential {
    /// ID of the credential in base64url
    #[schemars(length(min = 1, max = CREDENTIAL_ID_LETTERS_MAX))]
    pub id: String,
    /// What the authenticator answered
    pub response: Attestation,
}

/// What an authenticator answered to the wish for a passkey
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Attestation {
    /// What the browser saw, in base64url
    #[serde(rename = "clientDataJSON")]
    #[schemars(length(max = DATA_LETTERS_MAX))]
    pub client_data: String,
    /// The key and what vouches for it, in base64url
    #[serde(rename = "attestationObject")]
    #[schemars(length(max = ATTESTATION_LETTERS_MAX))]
    pub object: String,
    /// How the authenticator is reached
    #[serde(default)]
    #[schemars(length(max = 16), inner(length(max = 32)))]
    pub transports: Option<Vec<String>>,
}

/// What `navigator.credentials.get()` gave, as its `toJSON()` writes it
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct UsedCredential {
    /// ID of the credential in base64url
    #[schemars(length(min = 1, max = CREDENTIAL_ID_LETTERS_MAX))]
    pub id: String,
    /// What the authenticator answered
    pub response: Assertion,
}

/// What an authenticator answered to the wish for a proof
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Assertion {
    /// What the browser saw, in base64url
    #[serde(rename = "clientDataJSON")]
    #[schemars(length(max = DATA_LETTERS_MAX))]
    pub client_data: String,
    /// What the authenticator saw, in base64url
    #[serde(rename = "authenticatorData")]
    #[schemars(length(max = DATA_LETTERS_MAX))]
    pub authenticator_data: String,
    /// The signature, in base64url
    #[schemars(length(max = DATA_LETTERS_MAX))]
    pub signature: String,
    /// The random name of the account, in base64url
    #[serde(default, rename = "userHandle")]
    #[schemars(length(max = 128))]
    pub user_handle: Option<String>,
}

impl Descriptor {
    /// A passkey.
    pub fn new(id: &str, transports: &[String]) -> Self {
        Self { r#type: "public-key", id: id.to_owned(), transports: transports.to_vec() }
    }
}
