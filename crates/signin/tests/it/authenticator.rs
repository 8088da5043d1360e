//! A software authenticator (WebAuthn Level 3 §6) with the browser around it: makes keys and signs as
//! a phone would, and lies where a test wants it to.
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const COPYABLE: u8 = 0x08;
const COPIED: u8 = 0x10;
const WITH_KEY: u8 = 0x40;

/// An authenticator in a browser.
pub struct Authenticator {
    pub keys: Vec<Key>,
    /// The page that asks.
    pub origin: String,
    /// Whether it looks who is there.
    pub verifies_user: bool,
    /// Whether its keys are synchronized.
    pub synchronizes: bool,
    /// Whether the page is a frame of another site.
    pub in_frame: bool,
    /// The domain that it works for, in the place of the one that was asked for.
    pub other_domain: Option<String>,
    /// The COSE number of its algorithm.
    pub algorithm: i8,
}

/// One of its keys.
pub struct Key {
    pub id: Vec<u8>,
    pub user_handle: String,
    pub uses: u32,
    pair: EcdsaKeyPair,
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        Self {
            keys: Vec::new(),
            origin: origin.to_owned(),
            verifies_user: true,
            synchronizes: false,
            in_frame: false,
            other_domain: None,
            algorithm: -7,
        }
    }

    /// `navigator.credentials.create()`, as JSON.
    pub fn create(&mut self, options: &Value) -> Value {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let mut id = vec![0; 16];
        aws_lc_rs::rand::fill(&mut id).unwrap();
        let user_handle = options["user"]["id"].as_str().unwrap().to_owned();
        self.keys.push(Key { id, user_handle, uses: 0, pair });
        self.create_again(options)
    }

    /// The same with the newest key that it has.
    pub fn create_again(&self, options: &Value) -> Value {
        let key = self.keys.last().unwrap();
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.data(&options["rp"]["id"], WITH_KEY, key.uses);
        data.extend([0; 16]);
        data.extend(u16::try_from(key.id.len()).unwrap().to_be_bytes());
        data.extend(&key.id);
        data.extend(self.cose(key));
        let attestation = attestation(&data);
        let id = encode(&key.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": encode(&client_data),
                "attestationObject": encode(&attestation),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// `navigator.credentials.get()` with the newest key, as JSON.
    pub fn get(&mut self, options: &Value) -> Value {
        let key = self.keys.last_mut().unwrap();
        if !self.synchronizes {
            key.uses += 1;
        }
        let key = self.keys.last().unwrap();
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(&options["rpId"], 0, key.uses);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &client_data).as_ref());
        let signature = key.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let id = encode(&key.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data),
                "authenticatorData": encode(&data),
                "signature": encode(signature.as_ref()),
                "userHandle": key.user_handle,
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let mut data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": self.in_frame,
        });
        if self.in_frame {
            data["topOrigin"] = json!("https://evil.example");
        }
        data.to_string().into_bytes()
    }

    fn data(&self, domain: &Value, flags: u8, uses: u32) -> Vec<u8> {
        let domain = self.other_domain.as_deref().or(domain.as_str()).unwrap();
        let verified = if self.verifies_user { VERIFIED } else { 0 };
        let copied = if self.synchronizes { COPYABLE | COPIED } else { 0 };
        let mut data = digest(&SHA256, domain.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | verified | copied | flags);
        data.extend(uses.to_be_bytes());
        data
    }

    /// The public key: `{1: 2, 3: algorithm, -1: 1, -2: x, -3: y}`.
    fn cose(&self, key: &Key) -> Vec<u8> {
        let point = key.pair.public_key().as_ref();
        let algorithm = u8::try_from(-1 - i16::from(self.algorithm)).unwrap();
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03];
        match algorithm {
            0..24 => cose.push(0x20 | algorithm),
            _ => cose.extend([0x38, algorithm]),
        }
        cose.extend([0x20, 0x01, 0x21, 0x58, 0x20]);
        cose.extend(&point[1..33]);
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend(&point[33..65]);
        cose
    }
}

/// `{"fmt": "none", "attStmt": {}, "authData": data}` in CBOR.
fn attestation(data: &[u8]) -> Vec<u8> {
    let mut object = vec![0xa3];
    object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
    object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    object.extend(data);
    object
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}
