//! Domain names: one form for each, and only those that one organization can own.
use vestibule_kernel::db::{FromValue, Value};
use vestibule_kernel::{Error, Result};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// A domain name in its only form: ASCII (RFC 5890 A-labels), lower case, no dot at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

/// Why a name cannot be the domain of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no name at all.
    Malformed,
    /// It is a public suffix such as `co.uk`, under which anybody registers names.
    PublicSuffix,
    /// Anybody gets an address there, such as `gmail.com`.
    PublicMail,
}

impl DomainName {
    /// Brings a name into its form, whether an organization can own it or not.
    pub fn fold(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        let (letters, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let name =
            Uts46::new().to_ascii(text.as_bytes(), letters, hyphens, DnsLength::Verify).ok()?;
        // A top-level domain has letters; without this an IP address would be a name.
        let top = name.rsplit('.').next()?;
        (!top.bytes().all(|it| it.is_ascii_digit())).then(|| Self(name.into_owned()))
    }
    /// Brings a name into its form and refuses it where no organization can own it.
    pub fn own(text: &str) -> Result<Self, Refusal> {
        let name = Self::fold(text).ok_or(Refusal::Malformed)?;
        if !name.0.contains('.') {
            return Err(Refusal::Malformed);
        }
        let registrable = psl::domain_str(&name.0).ok_or(Refusal::PublicSuffix)?;
        if PUBLIC_MAIL.binary_search(&registrable).is_ok() {
            return Err(Refusal::PublicMail);
        }
        Ok(name)
    }
    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Refusal {
    /// The 422 that names the field and what was in it.
    #[track_caller]
    pub fn error(self, field: &str, text: &str) -> Error {
        let text: String = text.chars().take(255).collect();
        match self {
            Self::Malformed => Error::invalid_field(
                field,
                "invalid_domain",
                format!("'{text}' is not a domain name such as 'example.com'."),
            ),
            Self::PublicSuffix => Error::invalid_field(
                field,
                "public_suffix_not_allowed",
                format!(
                    "Anybody can register a name under '{text}'; give a domain that one \
                     organization owns, such as 'example.{text}'."
                ),
            ),
            Self::PublicMail => Error::invalid_field(
                field,
                "consumer_domain_not_allowed",
                format!("Anybody can have an address at '{text}'; no organization can own it."),
            ),
        }
    }
}

impl From<&DomainName> for Value {
    fn from(it: &DomainName) -> Self {
        Self::Text(it.0.clone())
    }
}
impl FromValue for DomainName {
    fn from_value(value: Value) -> Result<Self> {
        String::from_value(value).map(Self)
    }
}
impl std::fmt::Display for DomainName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Domains at which anybody can have a mail address, sorted.
const PUBLIC_MAIL: &[&str] = &[
    "10minutemail.com",
    "126.com",
    "139.com",
    "163.com",
    "189.cn",
    "21cn.com",
    "abv.bg",
    "aim.com",
    "alice.it",
    "aliyun.com",
    "aol.co.uk",
    "aol.com",
    "aol.de",
    "aol.fr",
    "arcor.de",
    "att.net",
    "azet.sk",
    "bbox.fr",
    "bellsouth.net",
    "bigpond.com",
    "bk.ru",
    "bluewin.ch",
    "blueyonder.co.uk",
    "bol.com.br",
    "btinternet.com",
    "centrum.cz",
    "charter.net",
    "citromail.hu",
    "comcast.net",
    "cox.net",
    "daum.net",
    "disroot.org",
    "docomo.ne.jp",
    "duck.com",
    "earthlink.net",
    "email.com",
    "email.de",
    "excite.co.jp",
    "fastmail.com",
    "fastmail.fm",
    "fastmail.net",
    "foxmail.com",
    "free.fr",
    "freemail.hu",
    "freenet.de",
    "getnada.com",
    "globo.com",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.co.uk",
    "gmx.com",
    "gmx.de",
    "gmx.fr",
    "gmx.net",
    "gmx.us",
    "googlemail.com",
    "guerrillamail.com",
    "hanmail.net",
    "hey.com",
    "home.nl",
    "hotmail.be",
    "hotmail.co.jp",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.com.ar",
    "hotmail.com.br",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "hotmail.nl",
    "hotmail.se",
    "hush.com",
    "hushmail.com",
    "i.ua",
    "icloud.com",
    "ig.com.br",
    "inbox.ru",
    "interia.pl",
    "internet.ru",
    "juno.com",
    "kakao.com",
    "keemail.me",
    "kpnmail.nl",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.be",
    "live.ca",
    "live.co.uk",
    "live.com",
    "live.com.au",
    "live.com.mx",
    "live.de",
    "live.dk",
    "live.fr",
    "live.it",
    "live.jp",
    "live.nl",
    "live.no",
    "live.se",
    "mac.com",
    "mail.bg",
    "mail.com",
    "mail.de",
    "mail.ru",
    "mailbox.org",
    "maildrop.cc",
    "mailfence.com",
    "mailinator.com",
    "me.com",
    "meta.ua",
    "msn.com",
    "myyahoo.com",
    "nate.com",
    "naver.com",
    "netzero.net",
    "neuf.fr",
    "ntlworld.com",
    "o2.pl",
    "onet.pl",
    "op.pl",
    "optusnet.com.au",
    "orange.fr",
    "outlook.com",
    "outlook.com.au",
    "outlook.com.br",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "outlook.in",
    "outlook.it",
    "outlook.jp",
    "passport.com",
    "pm.me",
    "posteo.de",
    "posteo.net",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "riseup.net",
    "rocketmail.com",
    "rogers.com",
    "runbox.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "sharklasers.com",
    "shaw.ca",
    "sina.cn",
    "sina.com",
    "sky.com",
    "skynet.be",
    "softbank.jp",
    "sohu.com",
    "startmail.com",
    "sympatico.ca",
    "t-online.de",
    "talktalk.net",
    "telenet.be",
    "telus.net",
    "temp-mail.org",
    "terra.com.br",
    "tin.it",
    "tiscali.it",
    "tom.com",
    "trashmail.com",
    "tuta.com",
    "tuta.io",
    "tutamail.com",
    "tutanota.com",
    "tutanota.de",
    "ukr.net",
    "uol.com.br",
    "usa.com",
    "verizon.net",
    "videotron.ca",
    "virgilio.it",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "windowslive.com",
    "wp.pl",
    "ya.ru",
    "yahoo.ca",
    "yahoo.co.id",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.ar",
    "yahoo.com.au",
    "yahoo.com.br",
    "yahoo.com.hk",
    "yahoo.com.mx",
    "yahoo.com.ph",
    "yahoo.com.sg",
    "yahoo.com.tw",
    "yahoo.com.vn",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.in",
    "yahoo.it",
    "yandex.by",
    "yandex.com",
    "yandex.kz",
    "yandex.ru",
    "yandex.ua",
    "yeah.net",
    "ymail.com",
    "yopmail.com",
    "ziggo.nl",
    "zohomail.com",
    "zohomail.eu",
    "zohomail.in",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_public_mail_domains_is_sorted_and_in_form() {
        assert!(PUBLIC_MAIL.is_sorted());
        for it in PUBLIC_MAIL {
            assert_eq!(DomainName::fold(it).unwrap().as_str(), *it);
            assert_eq!(DomainName::own(it), Err(Refusal::PublicMail), "{it}");
        }
    }

    #[test]
    fn a_name_has_one_form() {
        for (text, form) in [
            ("Example.COM", "example.com"),
            (" example.com. ", "example.com"),
            ("Bücher.Example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("ｅｘａｍｐｌｅ．com", "example.com"),
            ("r3---cdn.example.com", "r3---cdn.example.com"),
            ("mail.example.co.uk", "mail.example.co.uk"),
        ] {
            assert_eq!(DomainName::own(text).unwrap().as_str(), form, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("{}.example.com", "a".repeat(64));
        let longer = format!("{}example.com", "a.".repeat(130));
        for text in [
            "",
            ".",
            "localhost",
            "example..com",
            ".example.com",
            "-a.example.com",
            "a-.example.com",
            "a_b.example.com",
            "a b.example.com",
            "a@example.com",
            "https://example.com",
            "example.com/path",
            "example.com:443",
            "*.example.com",
            "exa%6dple.com",
            "127.0.0.1",
            "[::1]",
            "example.com\nother.com",
            "xn--a.example",
            &long,
            &longer,
        ] {
            assert_eq!(DomainName::own(text), Err(Refusal::Malformed), "{text}");
        }
    }

    #[test]
    fn what_anybody_can_register_under_is_refused() {
        for text in ["com", "co.uk", "github.io", "CO.UK."] {
            assert!(DomainName::own(text).is_err(), "{text}");
        }
        assert_eq!(DomainName::own("co.uk"), Err(Refusal::PublicSuffix));
        assert_eq!(DomainName::own("github.io"), Err(Refusal::PublicSuffix));
        assert!(DomainName::own("acme.github.io").is_ok());
        assert!(
            DomainName::own("acme.internal").is_ok(),
            "an unknown top-level domain may be one's own"
        );
    }

    #[test]
    fn public_mail_is_refused_however_it_is_written() {
        for text in ["GMail.com", "gmail.com.", "ｇmail.com", "eu.gmail.com"] {
            assert_eq!(DomainName::own(text), Err(Refusal::PublicMail), "{text}");
        }
        assert!(DomainName::own("notgmail.com").is_ok());
    }
}
