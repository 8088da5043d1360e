//! The answers of authenticators, verified by the crate passki.
//!
//! passki checks the type of the ceremony, challenge, origin, frames, the domain's hash, the flags of
//! presence and verification, the counter and the signature. What it leaves to its caller is checked
//! here or in [`super`]: which algorithms were asked for, that a passkey stays as copyable as it was
//! made, whose it is, and that it is registered once.
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use passki::{
    AuthenticationOptions, Passki, PasskiError, RegistrationOptions, StoredPasskey,
    UserVerificationRequirement,
};
use serde_json::json;
use vestibule_kernel::{Code, Error, Result};

use super::options::{NewCredential, UsedCredential};
use super::store::Key;
use super::{INVALID_CREDENTIAL, PASSKEY_CLONED, RelyingParty};

/// The algorithms that are taken, the best first (COSE): ES256, EdDSA, ES384, RS256.
pub(super) const ALGORITHMS: [i32; 4] = [-7, -8, -35, -257];
/// The longest key that is stored; one of 8192 bits of RSA has half of it.
const PUBLIC_KEY_BYTES_MAX: usize = 2048;
/// The longest id that an authenticator may give (WebAuthn §4).
const CREDENTIAL_ID_BYTES_MAX: usize = 1023;
/// Where the flags of authenticator data stand, and the one that tells that a key may be copied.
const FLAGS_AT: usize = 32;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
/// passki wants a name of the account for what only goes out.
const NOBODY: [u8; 16] = [0; 16];
/// As much of what a browser said of itself as a refusal repeats.
const QUOTED_LETTERS_MAX: usize = 100;

/// A passkey that an authenticator has made.
pub(super) struct Made {
    pub credential_id: String,
    pub key: Key,
    pub aaguid: Option<String>,
    pub transports: Vec<String>,
}

/// A passkey that an authenticator has proved.
pub(super) struct Proved {
    pub sign_count: u32,
    pub backed_up: bool,
    pub user_handle: Option<String>,
}

/// Verifies what an authenticator answered to the wish for a passkey.
pub(super) fn registration(
    party: &RelyingParty,
    challenge: Vec<u8>,
    credential: &NewCredential,
) -> Result<Result<Made>> {
    let passki = Passki::new(&party.id, &party.origins, &party.name);
    let mut options = RegistrationOptions::default();
    options.user_verification = UserVerificationRequirement::Required;
    let (_, mut state) =
        passki.start_passkey_registration(&NOBODY, "", "", options).map_err(Error::internal)?;
    state.challenge = challenge;
    let NewCredential { id, response } = credential;
    let given = serde_json::from_value(json!({
        "rawId": id,
        "response": {
            "clientDataJSON": response.client_data,
            "attestationObject": response.object,
            "transports": response.transports,
        },
    }))
    .map_err(Error::internal)?;
    Ok(passki.finish_passkey_registration(&given, &state).map_err(refusal).and_then(made))
}

fn made(it: StoredPasskey) -> Result<Made> {
    if !ALGORITHMS.contains(&it.algorithm) {
        return Err(refused("Its key is of an algorithm that was not asked for."));
    }
    let too_long = it.public_key.len() > PUBLIC_KEY_BYTES_MAX
        || it.credential_id.len() > CREDENTIAL_ID_BYTES_MAX
        || it.credential_id.is_empty();
    if too_long {
        return Err(refused("Its key or its ID has a length that no authenticator gives."));
    }
    let transports = it.transports.iter().filter_map(|it| {
        serde_json::to_value(it).ok().and_then(|it| it.as_str().map(str::to_owned))
    });
    Ok(Made {
        credential_id: BASE64URL_NOPAD.encode(&it.credential_id),
        key: Key {
            cose: it.public_key,
            algorithm: it.algorithm,
            sign_count: it.counter,
            backup_eligible: it.be,
            backed_up: it.bs,
        },
        aaguid: (it.aaguid != [0; 16]).then(|| uuid(&it.aaguid)),
        transports: transports.collect(),
    })
}

/// Verifies what an authenticator answered to the wish for a proof of this key.
pub(super) fn authentication(
    party: &RelyingParty,
    challenge: Vec<u8>,
    credential: &UsedCredential,
    key: &Key,
) -> Result<Result<Proved>> {
    let passki = Passki::new(&party.id, &party.origins, &party.name);
    let mut options = AuthenticationOptions::default();
    options.user_verification = UserVerificationRequirement::Required;
    let (_, mut state) =
        passki.start_passkey_authentication(&[], options).map_err(Error::internal)?;
    state.challenge = challenge;
    let mut stored = StoredPasskey::default();
    stored.public_key.clone_from(&key.cose);
    stored.algorithm = key.algorithm;
    stored.counter = key.sign_count;
    let UsedCredential { id, response } = credential;
    let given = serde_json::from_value(json!({
        "rawId": id,
        "response": {
            "clientDataJSON": response.client_data,
            "authenticatorData": response.authenticator_data,
            "signature": response.signature,
            "userHandle": response.user_handle.as_deref().filter(|it| !it.is_empty()),
        },
    }))
    .map_err(Error::internal)?;
    let done = passki.finish_passkey_authentication(&given, &state, &stored).map_err(refusal);
    Ok(done.and_then(|it| {
        let flags = flags(&response.authenticator_data)?;
        if (flags & BACKUP_ELIGIBLE != 0) != key.backup_eligible {
            return Err(refused("It says that it can be copied, and was made as one that cannot."));
        }
        Ok(Proved {
            sign_count: it.counter,
            backed_up: flags & BACKED_UP != 0,
            user_handle: it.user_handle.map(|it| BASE64URL_NOPAD.encode(&it)),
        })
    }))
}

/// The flags of authenticator data that was verified.
fn flags(data: &str) -> Result<u8> {
    let data = BASE64URL_NOPAD.decode(data.as_bytes()).map_err(Error::internal)?;
    data.get(FLAGS_AT).copied().ok_or_else(|| refused("It has no flags."))
}

/// An answer that is not good, in words for developers.
fn refused(why: &str) -> Error {
    with_code(INVALID_CREDENTIAL, why)
}

fn with_code(code: Code, why: &str) -> Error {
    Error::bad_request(code, format!("The passkey was not accepted. {why}"))
}

fn refusal(error: PasskiError) -> Error {
    let told = match &error {
        PasskiError::CounterRegression => {
            let why = "Its counter did not go on: there is a copy of it somewhere, or an old answer \
                       was given again.";
            return with_code(PASSKEY_CLONED, why);
        }
        PasskiError::OriginMismatch { expected: _, got } => {
            let got: String = got.chars().take(QUOTED_LETTERS_MAX).collect();
            format!("It was used on '{got}', which is no origin of this environment.")
        }
        PasskiError::ChallengeMismatch => "It answers another challenge.".to_owned(),
        PasskiError::ClientDataTypeMismatch { .. } | PasskiError::InvalidClientDataType(_) => {
            "It answers another kind of question.".to_owned()
        }
        PasskiError::CrossOriginNotAllowed => "It was used in a frame of another site.".to_owned(),
        PasskiError::RpIdHashMismatch => "It belongs to another domain.".to_owned(),
        PasskiError::UserNotPresent | PasskiError::UserVerificationRequired => {
            "The authenticator did not verify who uses it.".to_owned()
        }
        PasskiError::SignatureVerificationFailed => "Its signature is not right.".to_owned(),
        PasskiError::UnsupportedAlgorithm(_) => {
            "Its key is of an algorithm that was not asked for.".to_owned()
        }
        _ => "It is not the answer of an authenticator.".to_owned(),
    };
    refused(&told).caused_by(error)
}

/// The form in which models of authenticators are listed.
fn uuid(bytes: &[u8; 16]) -> String {
    let hex = HEXLOWER.encode(bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}
