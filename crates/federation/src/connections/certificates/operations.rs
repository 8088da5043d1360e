//! Adding, making, showing and deleting certificates.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::catalog::Method::{Delete, Get, Post};
use vestibule_kernel::id::{ConnectionCertificateId, ConnectionId};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Flow, FlowCx, NoContent, Operation, Result, Route, Within,
};
use vestibule_saml::Certificate;

use super::super::find;
use super::super::saml::{CERTIFICATE_INVALID, certificate_invalid};
use super::{
    NOT_SAML, Purpose, SamlCertificate, SamlCertificateList, TOO_MANY, check_room, delete,
    find_one, find_saml, generate, insert, list, of_purpose, tell_renewed,
};

/// The code of the refusal to delete the last certificate of an identity provider.
const LAST: Code = "last_certificate";
/// The code of the refusal of a second certificate that signs what we ask.
const EXISTS: Code = "saml_sp_signing_cert_exists";

/// List the certificates by which an identity provider signs its answers
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListIdpSigningCerts {
    /// The id of the connection
    connection_id: ConnectionId,
}

impl Operation for ListIdpSigningCerts {
    const ID: &'static str = "connections.list_saml_idp_signing_certs";
    const ROUTE: Route = Route(Get, "/connections/{connection_id}/saml_idp_signing_certs");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = Fine<SamlCertificateList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        list(cx, &self.connection_id, Purpose::ResponseSigning)
    }
}

/// Add a certificate by which an identity provider signs its answers
///
/// Answers that any of its certificates has signed are believed, so that it can change over.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateIdpSigningCert {
    /// The id of the connection
    connection_id: ConnectionId,
    /// The certificate, in PEM
    #[schemars(length(min = 1, max = 32768))]
    value: String,
}

impl Operation for CreateIdpSigningCert {
    const ID: &'static str = "connections.create_saml_idp_signing_cert";
    const ROUTE: Route = Route(Post, "/connections/{connection_id}/saml_idp_signing_certs");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const FAILS: &'static [Code] = &[NOT_SAML, CERTIFICATE_INVALID, TOO_MANY];
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = Created<SamlCertificate>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { connection_id, value } = self;
        let of = find_saml(cx, &connection_id)?;
        let certificate = Certificate::parse(&value).map_err(|it| certificate_invalid(&it))?;
        let former = check_room(cx, &connection_id, Purpose::ResponseSigning)?;
        let stored = insert(cx, &connection_id, Purpose::ResponseSigning, &certificate, None)?;
        if former > 0 {
            tell_renewed(cx, &of, &stored)?;
        }
        Ok(Created(SamlCertificate::new(stored)))
    }
}

/// Delete a certificate by which an identity provider signs its answers
///
/// The last one stays, since nobody could sign in without it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteIdpSigningCert {
    /// The id of the connection
    connection_id: ConnectionId,
    /// The id of the certificate
    id: ConnectionCertificateId,
}

impl Operation for DeleteIdpSigningCert {
    const ID: &'static str = "connections.delete_saml_idp_signing_cert";
    const ROUTE: Route = Route(Delete, "/connections/{connection_id}/saml_idp_signing_certs/{id}");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const FAILS: &'static [Code] = &[LAST];
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { connection_id, id } = self;
        let (found, count) = find_one(cx, &connection_id, Purpose::ResponseSigning, &id)?;
        if count == 1 {
            let text =
                "It is the last certificate of the identity provider. Add its successor first.";
            return Err(Error::bad_request(LAST, text));
        }
        delete(cx, &found)?;
        Ok(NoContent)
    }
}

/// List the certificates for which an identity provider encrypts its answers
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListSpEncryptionCerts {
    /// The id of the connection
    connection_id: ConnectionId,
}

impl Operation for ListSpEncryptionCerts {
    const ID: &'static str = "connections.list_saml_sp_encryption_certs";
    const ROUTE: Route = Route(Get, "/connections/{connection_id}/saml_sp_encryption_certs");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = Fine<SamlCertificateList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        list(cx, &self.connection_id, Purpose::ResponseEncryption)
    }
}

/// Have a key pair made for which an identity provider encrypts its answers
///
/// Answers for any of the keys are read, so that it can change over.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateSpEncryptionCert {
    /// The id of the connection
    connection_id: ConnectionId,
}

impl Flow for CreateSpEncryptionCert {
    const ID: &'static str = "connections.create_saml_sp_encryption_cert";
    const ROUTE: Route = Route(Post, "/connections/{connection_id}/saml_sp_encryption_certs");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const FAILS: &'static [Code] = &[NOT_SAML, TOO_MANY];
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = Created<SamlCertificate>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { connection_id } = self;
        let key = generate(flow, &connection_id)?;
        flow.write(move |cx| {
            let of = find_saml(cx, &connection_id)?;
            let former = check_room(cx, &connection_id, Purpose::ResponseEncryption)?;
            let (purpose, certificate) = (Purpose::ResponseEncryption, key.certificate());
            let stored = insert(cx, &connection_id, purpose, certificate, Some(&key))?;
            if former > 0 {
                tell_renewed(cx, &of, &stored)?;
            }
            Ok(Created(SamlCertificate::new(stored)))
        })
    }
}

/// Delete a key pair for which an identity provider encrypts its answers
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteSpEncryptionCert {
    /// The id of the connection
    connection_id: ConnectionId,
    /// The id of the certificate
    id: ConnectionCertificateId,
}

impl Operation for DeleteSpEncryptionCert {
    const ID: &'static str = "connections.delete_saml_sp_encryption_cert";
    const ROUTE: Route =
        Route(Delete, "/connections/{connection_id}/saml_sp_encryption_certs/{id}");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { connection_id, id } = self;
        let (found, _) = find_one(cx, &connection_id, Purpose::ResponseEncryption, &id)?;
        delete(cx, &found)?;
        Ok(NoContent)
    }
}

/// Get the certificate by which we sign what we ask an identity provider
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetSpSigningCert {
    /// The id of the connection
    connection_id: ConnectionId,
}

impl Operation for GetSpSigningCert {
    const ID: &'static str = "connections.get_saml_sp_signing_cert";
    const ROUTE: Route = Route(Get, "/connections/{connection_id}/saml_sp_signing_cert");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = Fine<SamlCertificate>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.connection_id)?;
        let found = of_purpose(cx, &self.connection_id, Purpose::RequestSigning)?.pop();
        let found = found.ok_or_else(|| Error::not_found("Certificate", &self.connection_id))?;
        Ok(Fine(SamlCertificate::new(found)))
    }
}

/// Have a key pair made by which we sign what we ask an identity provider
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateSpSigningCert {
    /// The id of the connection
    connection_id: ConnectionId,
}

impl Flow for CreateSpSigningCert {
    const ID: &'static str = "connections.create_saml_sp_signing_cert";
    const ROUTE: Route = Route(Post, "/connections/{connection_id}/saml_sp_signing_cert");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const FAILS: &'static [Code] = &[NOT_SAML, EXISTS];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    const EXTENSION: bool = true;
    type Reply = Created<SamlCertificate>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { connection_id } = self;
        let key = generate(flow, &connection_id)?;
        flow.write(move |cx| {
            find_saml(cx, &connection_id)?;
            if !of_purpose(cx, &connection_id, Purpose::RequestSigning)?.is_empty() {
                let text = "What we ask is signed already. Delete the certificate first.";
                return Err(Error::conflict(EXISTS, text));
            }
            let (purpose, certificate) = (Purpose::RequestSigning, key.certificate());
            let stored = insert(cx, &connection_id, purpose, certificate, Some(&key))?;
            Ok(Created(SamlCertificate::new(stored)))
        })
    }
}

/// Delete the key pair by which we sign what we ask an identity provider; from then on, nothing is
/// signed
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteSpSigningCert {
    /// The id of the connection
    connection_id: ConnectionId,
    /// The id of the certificate
    id: ConnectionCertificateId,
}

impl Operation for DeleteSpSigningCert {
    const ID: &'static str = "connections.delete_saml_sp_signing_cert";
    const ROUTE: Route = Route(Delete, "/connections/{connection_id}/saml_sp_signing_cert/{id}");
    const WITHIN: Within = Within::Row { table: "connections", field: "connection_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { connection_id, id } = self;
        let (found, _) = find_one(cx, &connection_id, Purpose::RequestSigning, &id)?;
        delete(cx, &found)?;
        Ok(NoContent)
    }
}
