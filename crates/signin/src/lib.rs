//! How they get in: authentication, sessions, tokens, one-time codes, factors, redirect URIs.
