//! Which elements of a document are signed by a key of the connection.

use bergshamra_dsig::DsigContext;
use bergshamra_dsig::verify::{VerifyResult, verify_all_document_with_source};
use bergshamra_keys::KeysManager;
use bergshamra_keys::loader::load_x509_cert_der;
use uppsala::{Document, NodeId};

use crate::certificate;
use crate::refused::Refused;

/// The keys of an identity provider.
pub(crate) struct Verifier(DsigContext);

impl Verifier {
    pub(crate) fn new(certificates: &[String]) -> Result<Self, Refused> {
        let mut keys = KeysManager::new();
        // One that cannot be read must not make the others useless.
        let usable = certificates.iter().filter_map(|it| certificate::decode(it).ok());
        keys.add_keys(usable.filter_map(|it| load_x509_cert_der(&it).ok()));
        if keys.is_empty() {
            return Err(Refused::NoCertificate);
        }
        let context = DsigContext::new(keys)
            .with_trusted_keys_only(true)
            .with_strict_verification(true)
            .with_require_reference_digests(true)
            // Certificates hold keys that were agreed on; there is no chain and no date to check.
            .with_insecure(true);
        Ok(Self(context))
    }

    /// Whether the element that holds the signature is covered by it as a whole.
    ///
    /// The shape of the document was checked before: so each signature has one reference.
    pub(crate) fn covers(
        &self,
        document: &Document<'_>,
        text: &str,
        signature: NodeId,
    ) -> Result<NodeId, Refused> {
        let results = verify_all_document_with_source(&self.0, document, Some(text))
            .map_err(|_| Refused::Signature)?;
        for result in results {
            let VerifyResult::Valid { signature_node, references, .. } = result else { continue };
            if signature_node != signature {
                continue;
            }
            if let [reference] = &*references
                && reference.digest_verified
                && let Some(covered) = reference.resolved_node
                && document.parent(signature) == Some(covered)
            {
                return Ok(covered);
            }
        }
        Err(Refused::Signature)
    }
}
