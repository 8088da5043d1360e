//! Time-based one-time passwords: RFC 6238 over RFC 4226, with SHA-1, six digits and 30 seconds,
//! which is what every authenticator app does.
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, Result};

/// How long a code is shown, in seconds.
const STEP_SECONDS: i64 = 30;
/// How far the clock of an app may be off, in steps.
const STEPS_OFF_MAX: i64 = 1;
const DIGITS: usize = 6;
/// The bytes of a secret of ours: those of the digest (RFC 4226 §4, R6).
const SECRET_BYTES: usize = 20;
/// The bytes of a secret that is brought along: 80 bits, which some older apps have, at the least.
const SECRET_BYTES_MIN: usize = 10;
const SECRET_BYTES_MAX: usize = 128;

/// The secret that an authenticator app and we share.
#[derive(Clone, Debug)]
pub(crate) struct SharedSecret(Secret);

impl SharedSecret {
    /// A fresh one.
    pub(crate) fn random(chance: &Chance) -> Self {
        let bytes: [u8; SECRET_BYTES] = chance.bytes();
        Self(Secret::new(BASE32_NOPAD.encode(&bytes)))
    }
    /// Reads base32 as people copy it: with blanks, padding and small letters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let letters = text.trim_end_matches('=').chars().filter(|it| !matches!(it, ' ' | '-'));
        let letters: String = letters.map(|it| it.to_ascii_uppercase()).collect();
        let length = BASE32_NOPAD.decode(letters.as_bytes()).ok()?.len();
        let good = (SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&length);
        good.then(|| Self(Secret::new(letters)))
    }
    /// As it was stored.
    pub(crate) fn stored(text: Secret) -> Self {
        Self(text)
    }
    /// In base32.
    pub(crate) fn reveal(&self) -> &str {
        self.0.reveal()
    }
    /// The step whose code this is, if it is of a step near `now` and after `last_step`, whose code
    /// was used already. Takes the same time whichever it is.
    pub(crate) fn step_of(
        &self,
        code: &str,
        now: Time,
        last_step: Option<i64>,
    ) -> Result<Option<i64>> {
        let key = BASE32_NOPAD.decode(self.reveal().as_bytes()).map_err(Error::internal)?;
        let present = now.seconds().div_euclid(STEP_SECONDS);
        let mut found = None;
        for step in present - STEPS_OFF_MAX..=present + STEPS_OFF_MAX {
            let matches = Secret::new(hotp(&key, step)).matches(code);
            if matches && last_step.is_none_or(|it| step > it) {
                found = Some(step);
            }
        }
        Ok(found)
    }
    /// The address that an app reads from the QR picture.
    pub(crate) fn uri(&self, issuer: &str, user: &str) -> String {
        // A colon parts the two halves of the label, so none may be inside them.
        let (issuer, user) = (escape(issuer), escape(user));
        let secret = self.reveal();
        format!(
            "otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}\
             &algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
        )
    }
}

/// RFC 4226 §5.3.
fn hotp(key: &[u8], counter: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest[digest.len() - 1] & 15);
    let bytes = [digest[offset] & 127, digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    format!("{:06}", u32::from_be_bytes(bytes) % 1_000_000)
}

/// Percent-encodes all but the characters that need it nowhere (RFC 3986 §2.3).
fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let write = |it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") };
    text.bytes().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, appendix B, in base32.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn step_at(code: &str, seconds: i64, last_step: Option<i64>) -> Option<i64> {
        let secret = SharedSecret::parse(KEY).unwrap();
        secret.step_of(code, Time::from_millis(seconds * 1000), last_step).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in vectors {
            assert_eq!(step_at(code, seconds, None), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn the_vectors_of_rfc_4226_hold() {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922"];
        for (counter, code) in (0..).zip(codes) {
            assert_eq!(hotp(b"12345678901234567890", counter), code);
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let step = 1_111_111_111 / 30;
        for (seconds, found) in [(-60, None), (-30, Some(step)), (30, Some(step)), (60, None)] {
            assert_eq!(step_at("050471", step * 30 + seconds, None), found, "{seconds}");
        }
    }

    #[test]
    fn a_code_of_a_used_step_or_an_earlier_one_is_no_code() {
        let step = 1_111_111_111 / 30;
        assert_eq!(step_at("050471", 1_111_111_111, Some(step)), None);
        assert_eq!(step_at("050471", 1_111_111_111, Some(step + 1)), None);
        assert_eq!(step_at("050471", 1_111_111_111, Some(step - 1)), Some(step));
    }

    #[test]
    fn what_is_no_code_never_matches() {
        for code in ["", "05047", "0504711", "050 471", "٠٥٠٤٧١"] {
            assert_eq!(step_at(code, 1_111_111_111, None), None, "{code}");
        }
    }

    #[test]
    fn a_secret_is_read_as_people_copy_it() {
        for text in [
            "JBSWY3DPEHPK3PXP",
            "jbsw y3dp ehpk 3pxp",
            "JBSW-Y3DP-EHPK-3PXP",
            "JBSWY3DPEHPK3PXP====",
        ] {
            assert_eq!(SharedSecret::parse(text).unwrap().reveal(), "JBSWY3DPEHPK3PXP", "{text}");
        }
        let long = "A".repeat(208);
        for text in ["", "JBSWY3DP", "not base32 at all!", "JBSWY3DPEHPK3PX1", &long] {
            assert!(SharedSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn issuer_and_user_cannot_change_the_meaning_of_the_address() {
        let secret = SharedSecret::parse(KEY).unwrap();
        assert_eq!(
            secret.uri("Acme: R&D", "ada+x@acme.test?secret=A"),
            "otpauth://totp/Acme%3A%20R%26D:ada%2Bx%40acme.test%3Fsecret%3DA\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%3A%20R%26D\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
