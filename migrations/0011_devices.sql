-- The tables of device authorization (crates/signin/src/devices).

-- What a device asked for that has no browser of its own (RFC 8628), until it has its tokens.
CREATE TABLE device_authorizations (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    device_code_digest TEXT NOT NULL,
    -- The code is short, so it is found by a keyed digest, and sealed for the page that shows it.
    user_code_tag TEXT NOT NULL,
    user_code BYTEA NOT NULL,
    -- Where the device is, for whoever is to approve it.
    ip_address TEXT,
    user_agent TEXT,
    status TEXT NOT NULL,
    -- The browser in which the code was typed.
    browser_digest TEXT,
    -- The session that approved it.
    session_id TEXT,
    interval_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, device_code_digest),
    -- Whoever types a code names no environment.
    UNIQUE (user_code_tag)
);
CREATE INDEX device_authorizations_by_end ON device_authorizations (environment_id, expires_at);

-- The device that a sign-in on the hosted pages is for, in the place of an application's page.
ALTER TABLE authorization_requests ADD COLUMN device_authorization_id TEXT;
