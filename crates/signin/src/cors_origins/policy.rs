//! What a web origin is: a scheme, a host and perhaps a port (RFC 6454 §6.2), as browsers send it.
use url::Url;

/// The longest origin that is accepted.
const ORIGIN_BYTES_MAX: usize = 512;

/// Checks an origin and answers it as browsers write it; the refusal is for the client.
pub(super) fn check(text: &str) -> Result<String, &'static str> {
    let refusal =
        "origin must be a scheme, a host and perhaps a port, such as https://app.example.com";
    if text.len() > ORIGIN_BYTES_MAX || !text.bytes().all(|it| it.is_ascii_graphic() && it != b'*')
    {
        return Err(refusal);
    }
    let url = Url::parse(text).map_err(|_| refusal)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("origin must begin with https:// or http://");
    }
    let origin = url.origin().ascii_serialization();
    // Browsers leave a default port out; everything else must be there already.
    let port = url.port_or_known_default().map(|it| format!(":{it}")).unwrap_or_default();
    let given = text.to_ascii_lowercase();
    let written = given.strip_suffix(&port).unwrap_or(&given);
    if given == origin || written == origin { Ok(origin) } else { Err(refusal) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn an_origin_is_kept_as_browsers_send_it() {
        for (given, kept) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://APP.example.com", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("https://app.example.com:8443", "https://app.example.com:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(check(given), Ok(kept.to_owned()));
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for given in [
            "",
            "null",
            "*",
            "not an origin",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://user@app.example.com",
            "https://*.example.com",
            "https://127.1",
            "javascript:alert(1)",
            "ftp://app.example.com",
            "https:app.example.com",
            "https:\\\\app.example.com",
            "https://münchen.example",
            " https://app.example.com",
        ] {
            assert!(check(given).is_err(), "{given:?} was taken");
        }
    }
}
