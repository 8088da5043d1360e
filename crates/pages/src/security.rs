//! The headers that keep a page from doing, or being made to do, anything but its job.

/// `Content-Security-Policy` of every hosted page.
///
/// Forms may be sent to this server only; see [`crate::screens::Returning`] for how a reader gets
/// back to the application all the same.
pub const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Policy of the development inbox, which frames the mails it shows.
pub const INBOX_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'";

/// Policy of a mail's own HTML inside the inbox: its looks, and links that open elsewhere.
pub const LETTER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
     form-action 'none'; frame-ancestors 'self'; base-uri 'none'; \
     sandbox allow-popups allow-popups-to-escape-sandbox";

/// Headers beside the policy, for every page.
pub const PAGE_HEADERS: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    // Not "no-referrer": with that, browsers hide the origin of a form even from its own server.
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

/// Headers of a page that stands by itself: all but a mail inside the inbox.
pub const WHOLE_PAGE_HEADERS: &[(&str, &str)] =
    &[("x-frame-options", "DENY"), ("cross-origin-opener-policy", "same-origin")];
