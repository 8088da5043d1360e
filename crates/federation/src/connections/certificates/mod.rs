//! The certificates of SAML connections: those by which an identity provider signs its answers, and
//! ours, by which we sign what we ask and for which it encrypts its answers. The private keys of ours
//! are never shown.
mod operations;

use schemars::JsonSchema;
use serde::Serialize;
use vestibule_kernel::db::{OnUnique, Row};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{ConnectionCertificateId, ConnectionId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Code, Cx, Error, Fine, FlowCx, Op, Result, flow, op};
use vestibule_saml::{Certificate, KeyPair};

use super::saml::CERTIFICATE_INVALID;
use super::{Record, find};

/// What the private keys are sealed for.
const KEY: &str = "connection_certificates.key";
/// The operations on certificates.
pub(super) const OPERATIONS: &[Op] = &[
    op::<operations::ListIdpSigningCerts>(),
    op::<operations::CreateIdpSigningCert>(),
    op::<operations::DeleteIdpSigningCert>(),
    op::<operations::ListSpEncryptionCerts>(),
    flow::<operations::CreateSpEncryptionCert>(),
    op::<operations::DeleteSpEncryptionCert>(),
    op::<operations::GetSpSigningCert>(),
    flow::<operations::CreateSpSigningCert>(),
    op::<operations::DeleteSpSigningCert>(),
];

/// The code of the refusal of one certificate too many.
const TOO_MANY: Code = "too_many_certificates";
/// The code of the refusal where a connection does not speak SAML.
const NOT_SAML: Code = "connection_not_saml";
/// How many certificates of a kind a connection has at the most.
const CERTIFICATES_MAX: usize = 20;
/// How long before its end a certificate is told of.
const TOLD_DAYS_BEFORE: i64 = 90;
/// After how many days it is told of again.
const TOLD_AGAIN_DAYS: i64 = 7;

/// An identity provider has to renew a certificate, or we have.
const RENEWAL_REQUIRED: Event<RenewalRequired> =
    Event::new("connection.saml_certificate_renewal_required");
/// A certificate took the place of another one.
const RENEWED: Event<Renewed> = Event::new("connection.saml_certificate_renewed");

/// What a certificate is for, in the words of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Purpose {
    /// The identity provider signs its answers by it.
    ResponseSigning,
    /// We sign what we ask by it.
    RequestSigning,
    /// The identity provider encrypts its answers for it.
    ResponseEncryption,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::ResponseSigning => "response_signing",
            Self::RequestSigning => "request_signing",
            Self::ResponseEncryption => "response_encryption",
        }
    }
    fn parse(text: &str) -> Result<Self> {
        let all = [Self::ResponseSigning, Self::RequestSigning, Self::ResponseEncryption];
        let found = all.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| Error::internal(format!("no certificate is for '{text}'")))
    }
    const fn object(self) -> &'static str {
        match self {
            Self::ResponseSigning => "saml_idp_signing_certificate",
            Self::RequestSigning => "saml_sp_signing_certificate",
            Self::ResponseEncryption => "saml_sp_encryption_certificate",
        }
    }
}

/// A certificate of a connection.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    id: ConnectionCertificateId,
    connection_id: ConnectionId,
    pub purpose: Purpose,
    /// In PEM.
    pub certificate: String,
    thumbprint: String,
    sealed_key: Option<Vec<u8>>,
    not_before: Time,
    not_after: Time,
    created_at: Time,
}

impl Stored {
    /// The key pair, where it is one of ours.
    pub(super) fn key_pair(&self, app: &App) -> Result<KeyPair> {
        let sealed = self.sealed_key.as_ref();
        let sealed = sealed.ok_or_else(|| Error::internal("a key of ours has no private part"))?;
        let key = app.sealer().open_text(KEY, sealed)?;
        KeyPair::from_pem(key.reveal(), &self.certificate).map_err(Error::internal)
    }
}

/// A certificate of a SAML connection
#[derive(Debug, Serialize, JsonSchema)]
pub struct SamlCertificate {
    /// Which of the three kinds it is
    #[schemars(extend("enum" = [
        "saml_idp_signing_certificate", "saml_sp_encryption_certificate",
        "saml_sp_signing_certificate",
    ]))]
    object: &'static str,
    /// The id of the certificate
    id: ConnectionCertificateId,
    /// The certificate, in PEM
    value: String,
    /// From when on it is valid
    not_before: Time,
    /// Until when it is valid
    not_after: Time,
    /// When we got to know it
    created_at: Time,
}

impl SamlCertificate {
    fn new(it: Stored) -> Self {
        Self {
            object: it.purpose.object(),
            id: it.id,
            value: it.certificate,
            not_before: it.not_before,
            not_after: it.not_after,
            created_at: it.created_at,
        }
    }
}

/// Certificates of a SAML connection
#[derive(Debug, Serialize, JsonSchema)]
pub struct SamlCertificateList {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    object: &'static str,
    /// Every one, also those that are over, oldest first
    data: Vec<SamlCertificate>,
}

/// The connection of an event about a certificate.
#[derive(Serialize)]
struct Of {
    id: ConnectionId,
    organization_id: OrganizationId,
}

#[derive(Serialize)]
struct RenewalRequired {
    connection: Of,
    certificate: Ending,
    days_until_expiry: i64,
}

#[derive(Serialize)]
struct Ending {
    certificate_type: Purpose,
    expiry_date: Time,
    is_expired: bool,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the names of the contract")]
struct Renewed {
    connection: Of,
    certificate: Beginning,
    renewed_at: Time,
}

#[derive(Serialize)]
struct Beginning {
    certificate_type: Purpose,
    expiry_date: Time,
}

const SELECT: &str = "SELECT id, connection_id, purpose, certificate, thumbprint, sealed_key,
       not_before, not_after, created_at
  FROM connection_certificates";

fn read(mut row: Row) -> Result<Stored> {
    Ok(Stored {
        id: row.take()?,
        connection_id: row.take()?,
        purpose: Purpose::parse(&row.take::<String>()?)?,
        certificate: row.take()?,
        thumbprint: row.take()?,
        sealed_key: row.take()?,
        not_before: row.take()?,
        not_after: row.take()?,
        created_at: row.take()?,
    })
}

/// Those of a connection, oldest first.
pub(super) fn of_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Vec<Stored>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND connection_id = $2 ORDER BY created_at, id"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

fn of_purpose(cx: &mut Cx<'_>, id: &ConnectionId, purpose: Purpose) -> Result<Vec<Stored>> {
    Ok(of_connection(cx, id)?.into_iter().filter(|it| it.purpose == purpose).collect())
}

fn insert(
    cx: &mut Cx<'_>,
    connection: &ConnectionId,
    purpose: Purpose,
    certificate: &Certificate,
    key: Option<&KeyPair>,
) -> Result<Stored> {
    let sealed_key = key.map(|it| cx.seal(KEY, &it.private_key_pem())).transpose()?;
    let stored = Stored {
        id: ConnectionCertificateId::new(cx),
        connection_id: connection.clone(),
        purpose,
        certificate: certificate.pem.clone(),
        thumbprint: certificate.thumbprint.clone(),
        sealed_key,
        not_before: Time::from_millis(certificate.not_before_ms),
        not_after: Time::from_millis(certificate.not_after_ms),
        created_at: cx.now(),
    };
    let values = [
        cx.environment.into(),
        (&stored.id).into(),
        connection.into(),
        purpose.name().into(),
        (&stored.certificate).into(),
        (&stored.thumbprint).into(),
        stored.sealed_key.clone().into(),
        stored.not_before.into(),
        stored.not_after.into(),
        stored.created_at.into(),
    ];
    let sql = "INSERT INTO connection_certificates
                 (environment_id, id, connection_id, purpose, certificate, thumbprint, sealed_key,
                  not_before, not_after, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let unique = "connection_certificates(environment_id, connection_id, purpose, thumbprint)";
    cx.db().execute(sql, &values).on_unique(unique, || {
        Error::bad_request(CERTIFICATE_INVALID, "The connection has this certificate already.")
    })?;
    Ok(stored)
}

fn delete(cx: &mut Cx<'_>, it: &Stored) -> Result<()> {
    let values = [cx.environment.into(), (&it.id).into()];
    let sql = "DELETE FROM connection_certificates WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes those of a connection that is no more.
pub(super) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM connection_certificates
               WHERE environment_id = $1 AND connection_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Keeps a key pair of ours.
pub(super) fn keep_key(
    cx: &mut Cx<'_>,
    connection: &ConnectionId,
    purpose: Purpose,
    key: &KeyPair,
) -> Result<()> {
    insert(cx, connection, purpose, key.certificate(), Some(key)).map(|_| ())
}

/// Whether a key pair of this certificate is kept.
pub(super) fn has_key(
    cx: &mut Cx<'_>,
    connection: &ConnectionId,
    purpose: Purpose,
    key: &KeyPair,
) -> Result<bool> {
    let kept = of_purpose(cx, connection, purpose)?;
    Ok(kept.iter().any(|it| it.thumbprint == key.certificate().thumbprint))
}

/// Has the certificates of an identity provider be these, and tells of those that are new where there
/// were others.
pub(super) fn replace(cx: &mut Cx<'_>, of: &Record, theirs: &[Certificate]) -> Result<()> {
    let former = of_purpose(cx, &of.id, Purpose::ResponseSigning)?;
    for it in &former {
        if !theirs.iter().any(|new| new.thumbprint == it.thumbprint) {
            delete(cx, it)?;
        }
    }
    let mut seen: Vec<&str> = former.iter().map(|it| it.thumbprint.as_str()).collect();
    for it in theirs {
        if seen.contains(&it.thumbprint.as_str()) {
            continue;
        }
        seen.push(&it.thumbprint);
        let stored = insert(cx, &of.id, Purpose::ResponseSigning, it, None)?;
        if !former.is_empty() {
            tell_renewed(cx, of, &stored)?;
        }
    }
    Ok(())
}

fn tell_renewed(cx: &mut Cx<'_>, of: &Record, it: &Stored) -> Result<()> {
    let told = Renewed {
        connection: Of { id: of.id.clone(), organization_id: of.organization_id.clone() },
        certificate: Beginning { certificate_type: it.purpose, expiry_date: it.not_after },
        renewed_at: cx.now(),
    };
    cx.emit(&RENEWED, &told)
}

/// Tells of the certificates that end soon or have ended, each once a week.
pub(super) fn tell_of_ends(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [
        cx.environment.into(),
        cx.now().plus_days(TOLD_DAYS_BEFORE).into(),
        cx.now().plus_days(-TOLD_AGAIN_DAYS).into(),
    ];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND not_after <= $2
           AND (told_at IS NULL OR told_at <= $3) ORDER BY not_after, id"
    );
    let due: Vec<Stored> =
        cx.db().query(&sql, &values)?.into_iter().map(read).collect::<Result<_>>()?;
    let mut count = 0;
    for it in due {
        let of = find(cx, &it.connection_id)?;
        // Where a later one is there, nobody has to do anything.
        let all = of_purpose(cx, &of.id, it.purpose)?;
        let is_replaced = all.iter().any(|other| other.not_after > it.not_after);
        if !is_replaced {
            let left = it.not_after.millis() - cx.now().millis();
            let told = RenewalRequired {
                connection: Of { id: of.id.clone(), organization_id: of.organization_id },
                certificate: Ending {
                    certificate_type: it.purpose,
                    expiry_date: it.not_after,
                    is_expired: left <= 0,
                },
                days_until_expiry: left.div_euclid(24 * 60 * 60 * 1000),
            };
            cx.emit(&RENEWAL_REQUIRED, &told)?;
            count += 1;
        }
        let values = [cx.environment.into(), (&it.id).into(), cx.now().into()];
        let sql = "UPDATE connection_certificates SET told_at = $3
                   WHERE environment_id = $1 AND id = $2";
        cx.db().execute(sql, &values)?;
    }
    Ok(count)
}

/// The connection of this id, which must speak SAML.
fn find_saml(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Record> {
    let found = find(cx, id)?;
    if found.settings.saml.is_some() {
        return Ok(found);
    }
    let text = "The connection does not speak SAML, so that it has no certificates.";
    Err(Error::bad_request(NOT_SAML, text))
}

fn list(cx: &mut Cx<'_>, id: &ConnectionId, purpose: Purpose) -> Result<Fine<SamlCertificateList>> {
    find(cx, id)?;
    let all = of_purpose(cx, id, purpose)?.into_iter();
    Ok(Fine(SamlCertificateList { object: "list", data: all.map(SamlCertificate::new).collect() }))
}

/// One of a connection's certificates of a kind, and how many there are.
fn find_one(
    cx: &mut Cx<'_>,
    connection: &ConnectionId,
    purpose: Purpose,
    id: &ConnectionCertificateId,
) -> Result<(Stored, usize)> {
    find(cx, connection)?;
    let all = of_purpose(cx, connection, purpose)?;
    let count = all.len();
    let found = all.into_iter().find(|it| it.id == *id);
    found.map(|it| (it, count)).ok_or_else(|| Error::not_found("Certificate", id))
}

fn check_room(cx: &mut Cx<'_>, id: &ConnectionId, purpose: Purpose) -> Result<usize> {
    let count = of_purpose(cx, id, purpose)?.len();
    if count >= CERTIFICATES_MAX {
        let text = format!("There are {CERTIFICATES_MAX} certificates; delete one first.");
        return Err(Error::bad_request(TOO_MANY, text));
    }
    Ok(count)
}

/// Makes a key pair of ours. That takes a while, so it is done outside of any transaction.
fn generate(flow: &FlowCx, id: &ConnectionId) -> Result<KeyPair> {
    let name = flow.read(|cx| Ok(find_saml(cx, id)?.external_key))?;
    KeyPair::generate(&name, flow.now().millis()).map_err(Error::internal)
}
