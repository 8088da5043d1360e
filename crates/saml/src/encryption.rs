//! Opens an encrypted assertion.

use bergshamra_enc::EncContext;
use bergshamra_keys::KeysManager;

use crate::key_pair::KeyPair;
use crate::refused::Refused;

/// The text of the document with the assertion in the place of the encrypted data.
///
/// All keys are tried, since an identity provider may still encrypt for the one before.
pub(crate) fn decrypt(text: &str, keys: &[KeyPair]) -> Result<String, Refused> {
    if keys.is_empty() {
        return Err(Refused::NoDecryptionKey);
    }
    for key in keys {
        let mut manager = KeysManager::new();
        let Ok(loaded) = key.for_decryption() else { continue };
        manager.add_key(loaded);
        let context = EncContext::new(manager)
            .with_disable_cipher_reference(true)
            .with_max_pbkdf2_iterations(0);
        if let Ok(decrypted) = bergshamra_enc::decrypt::decrypt(&context, text) {
            return Ok(decrypted);
        }
    }
    Err(Refused::EncryptedAssertion)
}
