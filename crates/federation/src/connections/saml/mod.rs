//! Connections whose identity provider speaks SAML 2.0: the documents are [`vestibule_saml`]'s, and
//! what is kept of them is here.
mod metadata;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Code, Cx, Error, FlowCx, Patch, Result};
use vestibule_saml::{
    Answers, Assertion, AuthnRequest, Certificate, Expected, IdentityProvider, KeyPair, LEEWAY_MS,
    ServiceProvider,
};

use super::attributes::Said;
use super::certificates::{self, Purpose};
use super::profile::Owner;
use super::{Record, SAML_ACS, SAML_METADATA, store};
use crate::social::{Provider, Told, Unusable};

pub(super) use metadata::{METADATA_INVALID, read_again};
pub use metadata::{environment_of, metadata};
use metadata::{read, read_document};

/// The code of the refusal of a certificate or key that cannot be used.
pub(super) const CERTIFICATE_INVALID: Code = "invalid_certificate";
/// A name that is another one at each sign-in (saml-core §8.3.8).
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// A name that is an address (saml-core §8.3.2).
const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// The longest metadata that are given and not fetched, in characters.
const METADATA_CHARS_MAX: usize = 400_000;
/// How often the metadata of an identity provider is read again.
const READ_AGAIN_SECONDS: i64 = 24 * 60 * 60;

/// Where identity providers usually say what.
const USUAL: Said<'static> = Said {
    idp_id: &["idp_id", "id", "name_id"],
    email: &[
        "email",
        "mail",
        "emailaddress",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "urn:oid:0.9.2342.19200300.100.1.3",
        "name_id_email",
    ],
    first_name: &[
        "firstName",
        "first_name",
        "givenName",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        "urn:oid:2.5.4.42",
    ],
    last_name: &[
        "lastName",
        "last_name",
        "surname",
        "sn",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
        "urn:oid:2.5.4.4",
    ],
    name: &[
        "name",
        "displayName",
        "http://schemas.microsoft.com/identity/claims/displayname",
        "urn:oid:2.16.840.1.113730.3.1.241",
        "cn",
    ],
    groups: &[
        "groups",
        "memberOf",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
        "http://schemas.xmlsoap.org/claims/Group",
    ],
};

/// The identity provider, and what we are called by it. Its certificates, and ours, are rows of their
/// own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saml {
    idp_metadata_url: Option<String>,
    idp_entity_id: Option<String>,
    idp_sso_url: String,
    acs_url: Option<String>,
    sp_entity_id: Option<String>,
    /// When the metadata was last read.
    read_at: Option<Time>,
    #[serde(default)]
    pub response_must_be_signed: bool,
}

/// A connection's part in SAML, with all keys.
#[derive(Clone)]
pub(crate) struct Party {
    service_provider: ServiceProvider,
    identity_provider: IdentityProvider,
    signing: Option<KeyPair>,
    decryption: Vec<KeyPair>,
    response_must_be_signed: bool,
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SAML party {}", self.service_provider.entity_id)
    }
}

/// A key pair of yours
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct KeyPairInput {
    /// The private key, PKCS #8 or PKCS #1 in PEM: RSA of 2048 bits or more; never shown again
    #[schemars(length(min = 1, max = 16384))]
    key: Secret,
    /// The certificate of the key, in PEM
    #[schemars(length(min = 1, max = 32768))]
    cert: String,
}

/// A SAML identity provider: its metadata, or what it says
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SamlOptions {
    /// Where the identity provider describes itself. It is read again each day, so that new
    /// certificates are known in time
    #[schemars(length(min = 1, max = 2048))]
    idp_metadata_url: Option<String>,
    /// What the identity provider says of itself, where it says so in a file and at no address
    #[schemars(length(min = 1, max = METADATA_CHARS_MAX))]
    idp_metadata: Option<String>,
    /// Where it posts its answers, if that is another address that leads here
    #[schemars(length(min = 1, max = 2048), extend("format" = "uri"))]
    acs_url: Option<String>,
    /// The name by which it knows us, if that is not the usual one
    #[schemars(length(min = 1, max = 1024))]
    sp_entity_id: Option<String>,
    /// Its name
    #[schemars(length(min = 1, max = 1024))]
    idp_entity_id: Option<String>,
    /// Where it signs people in (HTTP-Redirect binding); needed without metadata
    #[schemars(length(min = 1, max = 2048))]
    idp_sso_url: Option<String>,
    /// The certificates that sign its answers, in PEM; needed without metadata
    #[schemars(length(min = 1, max = 20), inner(length(min = 1, max = 32768)))]
    idp_signing_certs: Option<Vec<String>>,
    /// The key pair that signs what we ask. Without one, what we ask is not signed until you have one
    /// made
    sp_signing_key_pair: Option<KeyPairInput>,
    /// The key pairs for which its answers are encrypted. Without one, they are not encrypted until
    /// you have one made
    #[schemars(length(min = 1, max = 10))]
    sp_encryption_key_pairs: Option<Vec<KeyPairInput>>,
}

/// A change of a SAML identity provider
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SamlChange {
    /// Where the identity provider describes itself; it is read now, and its certificates take the
    /// place of those that there are. Null reads it no more
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    idp_metadata_url: Patch<String>,
    /// What the identity provider says of itself, where it says so in a file and at no address; its
    /// certificates take the place of those that there are
    #[schemars(length(min = 1, max = METADATA_CHARS_MAX))]
    idp_metadata: Option<String>,
    /// Where it posts its answers; null for the usual address
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048), extend("format" = "uri"))]
    acs_url: Patch<String>,
    /// The name by which it knows us; null for the usual one
    #[serde(default)]
    #[schemars(length(min = 1, max = 1024))]
    sp_entity_id: Patch<String>,
    /// Its name
    #[schemars(length(min = 1, max = 1024))]
    idp_entity_id: Option<String>,
    /// Where it signs people in (HTTP-Redirect binding)
    #[schemars(length(min = 1, max = 2048))]
    idp_sso_url: Option<String>,
    /// The certificates that sign its answers, in PEM, in the place of those that there are
    #[schemars(length(min = 1, max = 20), inner(length(min = 1, max = 32768)))]
    idp_signing_certs: Option<Vec<String>>,
}

/// The SAML identity provider of a connection
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct SamlShown {
    /// Where it describes itself
    idp_metadata_url: Option<String>,
    /// Its name
    idp_entity_id: Option<String>,
    /// Where it signs people in
    idp_sso_url: String,
    /// Where it posts its answers; set this up with it
    pub acs_url: String,
    /// The name by which it knows us; set this up with it
    pub sp_entity_id: String,
    /// Where we describe ourselves to it
    pub sp_metadata_url: String,
    /// Whether a signature of the assertion alone is not enough
    response_must_be_signed: bool,
}

/// What is to be kept of an identity provider.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub saml: Saml,
    /// Its certificates, where they take the place of those that there are.
    pub certificates: Option<Vec<Certificate>>,
    pub signing: Option<KeyPair>,
    pub decryption: Vec<KeyPair>,
}

impl SamlOptions {
    pub(super) fn settle(self, flow: &FlowCx) -> Result<Settled> {
        let typed = self.idp_sso_url.is_some() || self.idp_signing_certs.is_some();
        check_one_source(self.idp_metadata_url.is_some(), self.idp_metadata.is_some(), typed)?;
        let (found, read_at) = match (&self.idp_metadata_url, &self.idp_metadata) {
            (Some(url), _) => (read(flow, url)?, Some(flow.now())),
            (None, Some(document)) => (read_document(document)?, None),
            (None, None) => {
                let required = |field: &str| {
                    let text = format!("{field} is required where there are no metadata.");
                    fault(field, "required", text)
                };
                let found = IdentityProvider {
                    entity_id: self.idp_entity_id.clone(),
                    sso_url: self.idp_sso_url.ok_or_else(|| required("idp_sso_url"))?,
                    certificates: self
                        .idp_signing_certs
                        .ok_or_else(|| required("idp_signing_certs"))?,
                };
                (found, None)
            }
        };
        let saml = Saml {
            idp_metadata_url: self.idp_metadata_url,
            idp_entity_id: self.idp_entity_id.or(found.entity_id),
            idp_sso_url: found.sso_url,
            acs_url: self.acs_url,
            sp_entity_id: self.sp_entity_id,
            read_at,
            response_must_be_signed: false,
        };
        saml.check()?;
        let decryption = self.sp_encryption_key_pairs.unwrap_or_default();
        Ok(Settled {
            saml,
            certificates: Some(parsed(&found.certificates)?),
            signing: self.sp_signing_key_pair.map(|it| it.read()).transpose()?,
            decryption: decryption.into_iter().map(|it| it.read()).collect::<Result<_>>()?,
        })
    }
}

impl SamlOptions {
    /// The same, where metadata that was read before at the same address is not read again.
    pub(super) fn settle_anew(self, flow: &FlowCx, former: Option<&Saml>) -> Result<Settled> {
        let response_must_be_signed = former.is_some_and(|it| it.response_must_be_signed);
        let same = |it: &&Saml| {
            self.idp_metadata_url.is_some() && it.idp_metadata_url == self.idp_metadata_url
        };
        let typed = self.idp_sso_url.is_some() || self.idp_signing_certs.is_some();
        let mut settled = match former.filter(same) {
            Some(former) if !typed => self.with_metadata_of(former)?,
            Some(_) | None => self.settle(flow)?,
        };
        settled.saml.response_must_be_signed = response_must_be_signed;
        Ok(settled)
    }

    fn with_metadata_of(self, former: &Saml) -> Result<Settled> {
        let saml = Saml {
            idp_entity_id: self.idp_entity_id.or_else(|| former.idp_entity_id.clone()),
            acs_url: self.acs_url,
            sp_entity_id: self.sp_entity_id,
            ..former.clone()
        };
        saml.check()?;
        let decryption = self.sp_encryption_key_pairs.unwrap_or_default();
        Ok(Settled {
            saml,
            certificates: None,
            signing: self.sp_signing_key_pair.map(|it| it.read()).transpose()?,
            decryption: decryption.into_iter().map(|it| it.read()).collect::<Result<_>>()?,
        })
    }
}

impl SamlChange {
    /// What is to be, from what was.
    pub(super) fn settle(self, flow: &FlowCx, former: Option<Saml>) -> Result<Settled> {
        let Self {
            idp_metadata_url,
            idp_metadata,
            acs_url,
            sp_entity_id,
            idp_entity_id,
            idp_sso_url,
            idp_signing_certs,
        } = self;
        let typed = idp_sso_url.is_some() || idp_signing_certs.is_some();
        let by_url = matches!(idp_metadata_url, Patch::Set(_));
        check_one_source(by_url, idp_metadata.is_some(), typed)?;
        let whole = by_url
            || idp_metadata.is_some()
            || idp_sso_url.is_some() && idp_signing_certs.is_some();
        if former.is_none() && !whole {
            let text = "The connection has no identity provider yet: give its idp_metadata_url, its \
                        idp_metadata, or its idp_sso_url and idp_signing_certs.";
            return Err(fault("idp_metadata_url", "required", text));
        }
        let mut saml = former.unwrap_or_default();
        let mut certificates = idp_signing_certs.map(|it| parsed(&it)).transpose()?;
        let found = match (&idp_metadata_url, &idp_metadata) {
            (Patch::Set(url), _) => Some((read(flow, url)?, Some(flow.now()))),
            (Patch::Keep | Patch::Clear, Some(document)) => Some((read_document(document)?, None)),
            (Patch::Keep | Patch::Clear, None) => None,
        };
        if let Some((found, read_at)) = found {
            certificates = Some(parsed(&found.certificates)?);
            saml.idp_sso_url = found.sso_url;
            saml.idp_entity_id = found.entity_id;
            saml.read_at = read_at;
        }
        idp_metadata_url.apply(&mut saml.idp_metadata_url);
        if idp_metadata.is_some() || typed {
            // What is read again each day would undo it.
            saml.idp_metadata_url = None;
        }
        acs_url.apply(&mut saml.acs_url);
        sp_entity_id.apply(&mut saml.sp_entity_id);
        saml.idp_sso_url = idp_sso_url.unwrap_or(saml.idp_sso_url);
        saml.idp_entity_id = idp_entity_id.or(saml.idp_entity_id);
        saml.check()?;
        Ok(Settled { saml, certificates, signing: None, decryption: Vec::new() })
    }
}

/// An identity provider is described once.
fn check_one_source(url: bool, document: bool, typed: bool) -> Result<()> {
    if usize::from(url) + usize::from(document) + usize::from(typed) <= 1 {
        return Ok(());
    }
    let text = "Give idp_metadata_url, or idp_metadata, or what is in them, and not both.";
    Err(fault("idp_metadata_url", "exclusive", text))
}

impl KeyPairInput {
    pub(super) fn read(&self) -> Result<KeyPair> {
        KeyPair::from_pem(self.key.reveal(), &self.cert).map_err(|it| {
            let text = format!("The key pair cannot be used: {it}.");
            Error::bad_request(CERTIFICATE_INVALID, text)
        })
    }
}

fn fault(field: &str, code: Code, text: impl Into<String>) -> Error {
    Error::invalid_field(&format!("saml_options.{field}"), code, text.into())
}

/// The certificates, each of which must be one.
pub(super) fn parsed(texts: &[String]) -> Result<Vec<Certificate>> {
    let parse = |it: &String| Certificate::parse(it).map_err(|why| certificate_invalid(&why));
    texts.iter().map(parse).collect()
}

pub(super) fn certificate_invalid(why: &dyn std::fmt::Display) -> Error {
    Error::bad_request(CERTIFICATE_INVALID, format!("The certificate cannot be used: {why}."))
}

fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|it| matches!(it.scheme(), "https" | "http"))
}

impl Saml {
    fn check(&self) -> Result<()> {
        if !is_web(&self.idp_sso_url) {
            return Err(fault("idp_sso_url", "invalid_url", "Give the address of a page."));
        }
        if !self.acs_url.as_deref().is_none_or(is_web) {
            return Err(fault("acs_url", "invalid_url", "Give the address of a page, or none."));
        }
        Ok(())
    }

    fn service_provider(&self, app: &App, external_key: &str) -> ServiceProvider {
        let public_url = &app.options().public_url;
        let at = |path: &str| path.replace("{external_key}", external_key);
        ServiceProvider {
            entity_id: self
                .sp_entity_id
                .clone()
                .unwrap_or_else(|| format!("{public_url}/{external_key}")),
            acs_url: self
                .acs_url
                .clone()
                .unwrap_or_else(|| format!("{public_url}{}", at(SAML_ACS))),
        }
    }

    /// The party that the connection is, with its keys.
    pub(super) fn party(&self, cx: &mut Cx<'_>, of: &Record) -> Result<Party> {
        let all = certificates::of_connection(cx, &of.id)?;
        let of_purpose = |purpose: Purpose| all.iter().filter(move |it| it.purpose == purpose);
        let keys = |purpose: Purpose| -> Result<Vec<KeyPair>> {
            of_purpose(purpose).map(|it| it.key_pair(cx.app)).collect()
        };
        Ok(Party {
            service_provider: self.service_provider(cx.app, &of.external_key),
            identity_provider: IdentityProvider {
                entity_id: self.idp_entity_id.clone(),
                sso_url: self.idp_sso_url.clone(),
                certificates: of_purpose(Purpose::ResponseSigning)
                    .map(|it| it.certificate.clone())
                    .collect(),
            },
            signing: keys(Purpose::RequestSigning)?.pop(),
            decryption: keys(Purpose::ResponseEncryption)?,
            response_must_be_signed: self.response_must_be_signed,
        })
    }

    pub(super) fn shown(&self, app: &App, of: &Record) -> SamlShown {
        let ours = self.service_provider(app, &of.external_key);
        let public_url = &app.options().public_url;
        let path = SAML_METADATA.replace("{external_key}", &of.external_key);
        SamlShown {
            idp_metadata_url: self.idp_metadata_url.clone(),
            idp_entity_id: self.idp_entity_id.clone(),
            idp_sso_url: self.idp_sso_url.clone(),
            acs_url: ours.acs_url,
            sp_entity_id: ours.entity_id,
            sp_metadata_url: format!("{public_url}{path}"),
            response_must_be_signed: self.response_must_be_signed,
        }
    }

    /// Whether the metadata is to be read again.
    fn is_stale(&self, now: Time) -> bool {
        let stale = |at: Time| at.plus_seconds(READ_AGAIN_SECONDS) <= now;
        self.idp_metadata_url.is_some() && self.read_at.is_none_or(stale)
    }
}

impl Party {
    /// Where identity providers post their answers.
    pub(crate) fn acs_url(&self) -> &str {
        &self.service_provider.acs_url
    }

    /// Where to send a browser with a request of this id.
    pub(crate) fn departure(
        &self,
        now: Time,
        id: &str,
        relay_state: &str,
        login_hint: Option<&str>,
        anew: bool,
    ) -> Result<String> {
        let (ours, theirs) = (&self.service_provider, &self.identity_provider);
        let mut request = AuthnRequest::new(id, now.millis(), ours, theirs);
        request.force_authn = anew;
        request.login_hint = login_hint.map(str::to_owned);
        request.redirect_url(Some(relay_state), self.signing.as_ref()).map_err(Error::internal)
    }

    /// What an answer to the request of this id says, if it is to be believed.
    fn verified(&self, now: Time, request_id: &str, answer: &str) -> Result<Assertion, Unusable> {
        let expected = Expected {
            service_provider: &self.service_provider,
            identity_provider: &self.identity_provider,
            answers: Answers::Solicited { id: request_id },
            now_ms: now.millis(),
            leeway_ms: LEEWAY_MS,
            decryption_keys: &self.decryption,
            response_must_be_signed: self.response_must_be_signed,
        };
        vestibule_saml::verify(answer, &expected).map_err(|it| Unusable(it.to_string()))
    }

    /// Our description, for the identity provider.
    fn metadata(&self) -> String {
        let encryption: Vec<_> = self.decryption.iter().rev().map(KeyPair::certificate).collect();
        let signing = self.signing.as_ref().map(KeyPair::certificate);
        vestibule_saml::sp_metadata(&self.service_provider, signing, &encryption, None)
    }
}

/// Who it is, by an answer that is believed, and was not given before.
pub(crate) fn told(
    flow: &FlowCx,
    provider: &Provider,
    (owner, party): (&Owner, &Party),
    request_id: &str,
    answer: &str,
) -> Result<Told, Unusable> {
    let assertion = party.verified(flow.now(), request_id, answer)?;
    let (id, digest) = (provider.id.clone(), digest_of(&assertion.id));
    let end = Time::from_millis(assertion.not_on_or_after_ms);
    let is_new = flow.write(move |cx| store::keep_assertion(cx, &id, &digest, end));
    if !is_new.map_err(|it| Unusable(it.to_string()))? {
        return Err(Unusable("the assertion was given before".to_owned()));
    }
    if assertion.name_id_format.as_deref() == Some(TRANSIENT) && owner.attributes.idp_id.is_none() {
        let why = "its name for the person is another one each time: map idp_id to an attribute that \
                   stays";
        return Err(Unusable(why.to_owned()));
    }
    super::profile::told(owner, &USUAL, &said(assertion))
}

/// What an assertion says, as attributes by their names.
fn said(assertion: Assertion) -> Map<String, Value> {
    let mut said = BTreeMap::new();
    for it in assertion.attributes {
        let mut values: Vec<Value> = it.values.into_iter().map(Value::from).collect();
        let value = if values.len() == 1 { values.remove(0) } else { Value::from(values) };
        // The name says what it is; the one for people is some providers' name for it.
        if let Some(friendly) = it.friendly_name {
            said.entry(friendly).or_insert_with(|| value.clone());
        }
        said.insert(it.name, value);
    }
    if assertion.name_id_format.as_deref() == Some(EMAIL_ADDRESS)
        || (assertion.name_id.contains('@') && !said.keys().any(|it| USUAL.email.contains(&&**it)))
    {
        said.entry("name_id_email".to_owned()).or_insert_with(|| json!(assertion.name_id));
    }
    said.entry("name_id".to_owned()).or_insert_with(|| json!(assertion.name_id));
    said.into_iter().collect()
}
