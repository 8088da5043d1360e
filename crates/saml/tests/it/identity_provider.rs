//! An identity provider that says whatever a test wants, and signs it by `xmlsec1`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use vestibule_saml::{
    Answers, Assertion, Expected, IdentityProvider, KeyPair, LEEWAY_MS, Refused, ServiceProvider,
    verify,
};

/// 2026-11-28T14:00:00Z.
pub const NOW_MS: i64 = 1_795_874_400_000;
pub const REQUEST: &str = "_request-1";
pub const IDP: &str = "https://idp.test/metadata";
pub const SP: &str = "https://auth.test/conn_1";
pub const ACS: &str = "https://auth.test/sso/saml/acs/conn_1";
pub const ADA: &str = "ada@acme.test";
pub const MALLORY: &str = "mallory@evil.test";

pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A key in a file, as `xmlsec1` wants it.
pub struct Signer {
    folder: TempDir,
    pub certificate: String,
    pub pair: Option<KeyPair>,
}

impl Signer {
    fn rsa(name: &str) -> Self {
        let pair = KeyPair::generate(name, NOW_MS).unwrap();
        let signer = Self {
            folder: TempDir::new().unwrap(),
            certificate: pair.certificate().pem.clone(),
            pair: Some(pair.clone()),
        };
        fs::write(signer.file("key.pem"), pair.private_key_pem().as_bytes()).unwrap();
        fs::write(signer.file("certificate.pem"), &signer.certificate).unwrap();
        signer
    }

    pub fn elliptic(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let params = rcgen::CertificateParams::default();
        let der = params.self_signed(&pair).unwrap().der().to_vec();
        let certificate = pem("CERTIFICATE", &der);
        let signer = Self { folder: TempDir::new().unwrap(), certificate, pair: None };
        let private = pem("PRIVATE KEY", &pair.serialize_der());
        fs::write(signer.file("key.pem"), private).unwrap();
        fs::write(signer.file("certificate.pem"), &signer.certificate).unwrap();
        signer
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Fills in the signature at the place that the path names.
    pub fn sign_at(&self, xml: &str, path: &str) -> String {
        let key = format!("{},{}", self.at("key.pem"), self.at("certificate.pem"));
        run(xml, &["--sign", "--privkey-pem", &key, "--node-xpath", path])
    }

    pub fn sign_assertion(&self, xml: &str) -> String {
        self.sign_at(xml, "//*[local-name()='Assertion']/*[local-name()='Signature']")
    }

    pub fn sign_response(&self, xml: &str) -> String {
        self.sign_at(xml, "/*[local-name()='Response']/*[local-name()='Signature']")
    }

    /// Signs with the certificate as the secret of an HMAC.
    pub fn sign_by_hmac(&self, xml: &str) -> String {
        run(xml, &["--sign", "--hmackey", &self.at("certificate.pem")])
    }

    fn at(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }

    /// The element as `EncryptedData` for this key.
    pub fn encrypt(&self, xml: &str, template: &str, session_key: &str) -> String {
        self.encrypt_as("--xml-data", xml, template, session_key)
    }

    /// Any text, as if it were an element.
    pub fn encrypt_text(&self, text: &str, template: &str, session_key: &str) -> String {
        self.encrypt_as("--binary-data", text, template, session_key)
    }

    fn encrypt_as(&self, kind: &str, data: &str, template: &str, session_key: &str) -> String {
        let folder = TempDir::new().unwrap();
        let (file, form) = (folder.path().join("data.xml"), folder.path().join("template.xml"));
        fs::write(&file, data).unwrap();
        fs::write(&form, template).unwrap();
        let mut command = Command::new("xmlsec1");
        command.args(["--encrypt", "--pubkey-cert-pem", &self.at("certificate.pem")]);
        command.args(["--session-key", session_key, kind]).arg(&file).arg(&form);
        without_declaration(&output(&mut command))
    }
}

fn run(xml: &str, arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input.xml");
    fs::write(&input, xml).unwrap();
    let mut command = Command::new("xmlsec1");
    command.args(arguments);
    for element in [
        "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
        "urn:oasis:names:tc:SAML:2.0:assertion:Subject",
        "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    ] {
        command.args(["--id-attr:ID", element]);
    }
    output(command.arg(&input))
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("xmlsec1 runs (on Debian: apt-get install xmlsec1)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn without_declaration(xml: &str) -> String {
    let rest = xml.strip_prefix("<?xml version=\"1.0\"?>");
    rest.or_else(|| xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"))
        .unwrap_or(xml)
        .trim()
        .to_owned()
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).map(|it| std::str::from_utf8(it).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The identity provider of the connection.
pub fn idp() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::rsa("idp"))
}

/// Somebody with a key of their own.
pub fn attacker() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::rsa("attacker"))
}

/// Us, for encryption.
pub fn recipient() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::rsa("recipient"))
}

/// A signature that is to be filled in.
#[derive(Clone)]
pub struct Template {
    pub uri: String,
    pub method: &'static str,
    pub digest: &'static str,
    pub canonicalization: &'static str,
    pub transforms: String,
    pub key_info: &'static str,
}

impl Template {
    pub fn of(id: &str) -> Self {
        Self {
            uri: format!("#{id}"),
            method: RSA_SHA256,
            digest: SHA256,
            canonicalization: EXCLUSIVE,
            transforms: format!("{}{}", transform(ENVELOPED), transform(EXCLUSIVE)),
            key_info: "<ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>",
        }
    }

    pub fn xml(&self) -> String {
        let Self { uri, method, digest, canonicalization, transforms, key_info } = self;
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{canonicalization}\"/>\
             <ds:SignatureMethod Algorithm=\"{method}\"/>\
             <ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue/></ds:Reference>\
             </ds:SignedInfo><ds:SignatureValue/>{key_info}</ds:Signature>"
        )
    }
}

pub fn transform(algorithm: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\"/>")
}

/// What the identity provider says. A test changes what it is about.
#[derive(Clone)]
pub struct Saying {
    pub response_id: &'static str,
    pub assertion_id: &'static str,
    pub response_issuer: Option<&'static str>,
    pub issuer: &'static str,
    pub destination: Option<&'static str>,
    pub response_answers: Option<&'static str>,
    pub subject_answers: Option<&'static str>,
    pub recipient: &'static str,
    pub audience: &'static str,
    /// With its element, so that a test can put anything there.
    pub name: String,
    pub issued: &'static str,
    pub not_before: &'static str,
    pub not_on_or_after: &'static str,
    pub subject_end: &'static str,
    pub session_end: Option<&'static str>,
    /// More conditions.
    pub conditions: &'static str,
    pub attributes: String,
    pub status: &'static str,
}

pub fn saying() -> Saying {
    Saying {
        response_id: "_response-1",
        assertion_id: "_assertion-1",
        response_issuer: Some(IDP),
        issuer: IDP,
        destination: Some(ACS),
        response_answers: Some(REQUEST),
        subject_answers: Some(REQUEST),
        recipient: ACS,
        audience: SP,
        name: name(ADA),
        issued: "2026-11-28T13:59:59Z",
        not_before: "2026-11-28T13:59:00Z",
        not_on_or_after: "2026-11-28T14:05:00Z",
        subject_end: "2026-11-28T14:05:00Z",
        session_end: Some("2026-11-28T22:00:00Z"),
        conditions: "",
        attributes: "<saml:Attribute Name=\"email\" FriendlyName=\"mail\"><saml:AttributeValue>\
                     ada@acme.test</saml:AttributeValue></saml:Attribute>\
                     <saml:Attribute Name=\"groups\"><saml:AttributeValue>admins\
                     </saml:AttributeValue>\
                     <saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute>"
            .to_owned(),
        status: "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
    }
}

pub fn name(value: &str) -> String {
    format!(
        "<saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">{value}\
         </saml:NameID>"
    )
}

fn optional(name: &str, value: Option<&str>) -> String {
    value.map(|it| format!(" {name}=\"{it}\"")).unwrap_or_default()
}

impl Saying {
    pub fn of(person: &str) -> Self {
        Self { name: name(person), ..saying() }
    }

    /// The assertion, with what is to stand where its signature does.
    pub fn assertion(&self, signature: &str) -> String {
        let Self { assertion_id, issuer, issued, name, subject_end, recipient, .. } = self;
        let Self { not_before, not_on_or_after, audience, conditions, attributes, .. } = self;
        format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
             ID=\"{assertion_id}\" Version=\"2.0\" IssueInstant=\"{issued}\">\
             <saml:Issuer>{issuer}</saml:Issuer>{signature}<saml:Subject>{name}\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData NotOnOrAfter=\"{subject_end}\" \
             Recipient=\"{recipient}\"{}/></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{not_before}\" NotOnOrAfter=\"{not_on_or_after}\">\
             <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience>\
             </saml:AudienceRestriction>{conditions}</saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{issued}\" SessionIndex=\"session-1\"{}>\
             <saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport\
             </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>",
            optional("InResponseTo", self.subject_answers),
            optional("SessionNotOnOrAfter", self.session_end),
        )
    }

    /// The response around whatever is to stand in it.
    pub fn response(&self, signature: &str, content: &str) -> String {
        let Self { response_id, issued, status, .. } = self;
        let issuer = self.response_issuer.map(|it| {
            format!(
                "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{it}\
                 </saml:Issuer>"
            )
        });
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             ID=\"{response_id}\" Version=\"2.0\" IssueInstant=\"{issued}\"{}{}>{}{signature}\
             <samlp:Status>{status}</samlp:Status>{content}</samlp:Response>",
            optional("Destination", self.destination),
            optional("InResponseTo", self.response_answers),
            issuer.unwrap_or_default(),
        )
    }

    pub fn unsigned(&self) -> String {
        self.response("", &self.assertion(""))
    }

    /// With the assertion signed, as most do.
    pub fn signed(&self) -> String {
        idp().sign_assertion(&self.response("", &self.to_sign()))
    }

    /// The assertion with a signature that is to be filled in.
    pub fn to_sign(&self) -> String {
        self.assertion(&Template::of(self.assertion_id).xml())
    }

    /// With the response signed alone.
    pub fn signed_around(&self) -> String {
        let template = Template::of(self.response_id).xml();
        idp().sign_response(&self.response(&template, &self.assertion("")))
    }

    /// With both signed.
    pub fn signed_twice(&self) -> String {
        let template = Template::of(self.response_id).xml();
        let inner = idp().sign_assertion(&self.response(&template, &self.to_sign()));
        idp().sign_response(&inner)
    }
}

/// The connection that most tests have.
pub struct Connection {
    pub service_provider: ServiceProvider,
    pub identity_provider: IdentityProvider,
    pub answers: Answers<'static>,
    pub now_ms: i64,
    pub decryption_keys: Vec<KeyPair>,
    pub response_must_be_signed: bool,
}

pub fn connection() -> Connection {
    Connection {
        service_provider: ServiceProvider { entity_id: SP.to_owned(), acs_url: ACS.to_owned() },
        identity_provider: IdentityProvider {
            entity_id: Some(IDP.to_owned()),
            sso_url: "https://idp.test/sso".to_owned(),
            certificates: vec![idp().certificate.clone()],
        },
        answers: Answers::Solicited { id: REQUEST },
        now_ms: NOW_MS,
        decryption_keys: vec![recipient().pair.clone().unwrap()],
        response_must_be_signed: false,
    }
}

impl Connection {
    pub fn verify(&self, xml: &str) -> Result<Assertion, Refused> {
        self.verify_encoded(&STANDARD.encode(xml))
    }

    pub fn verify_encoded(&self, response: &str) -> Result<Assertion, Refused> {
        verify(
            response,
            &Expected {
                service_provider: &self.service_provider,
                identity_provider: &self.identity_provider,
                answers: self.answers,
                now_ms: self.now_ms,
                leeway_ms: LEEWAY_MS,
                decryption_keys: &self.decryption_keys,
                response_must_be_signed: self.response_must_be_signed,
            },
        )
    }
}

#[track_caller]
pub fn accepted(xml: &str) -> Assertion {
    match connection().verify(xml) {
        Ok(it) => it,
        Err(refused) => panic!("{refused} ({refused:?})\n{xml}"),
    }
}

/// Refused, and with this word.
#[track_caller]
pub fn refused(xml: &str, code: &str) {
    match connection().verify(xml) {
        Ok(it) => panic!("believed: {it:?}\n{xml}"),
        Err(refused) => assert_eq!(refused.code(), code, "{refused}\n{xml}"),
    }
}
