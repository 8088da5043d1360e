-- Radar (crates/signin/src/radar): lists, attempts whose risk was judged, devices that are known,
-- and codes by text message.

CREATE TABLE radar_list_entries (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    type TEXT NOT NULL,
    action TEXT NOT NULL,
    entry TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, type, entry, action)
);
CREATE INDEX radar_list_entries_in_order
    ON radar_list_entries (environment_id, type, action, created_at, id);

CREATE TABLE radar_attempts (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    -- Whether an application asked about it, and signs in its users by itself.
    standalone BOOLEAN NOT NULL,
    action TEXT NOT NULL,
    auth_method TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    -- The address without what its owner can vary at will.
    mailbox TEXT NOT NULL,
    ip_address TEXT,
    place TEXT NOT NULL,
    user_agent TEXT,
    device_fingerprint TEXT,
    verdict TEXT NOT NULL,
    control TEXT,
    blocklist_type TEXT,
    succeeded_at BIGINT,
    challenge_met_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX radar_attempts_in_order ON radar_attempts (environment_id, created_at, id);
-- For what is counted: tries at an address, from a place, new accounts of a mailbox and a place.
CREATE INDEX radar_attempts_at_address
    ON radar_attempts (environment_id, email_folded, created_at, id);
CREATE INDEX radar_attempts_from_place ON radar_attempts (environment_id, place, created_at);
CREATE INDEX radar_attempts_of_mailbox
    ON radar_attempts (environment_id, mailbox, action, created_at);

-- The devices with which somebody has signed in.
CREATE TABLE radar_devices (
    environment_id TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    device_fingerprint TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, email_folded, device_fingerprint)
);
CREATE INDEX radar_devices_by_time ON radar_devices (environment_id, seen_at);

CREATE TABLE radar_verifications (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    -- The sign-in that it takes on, which is one user's.
    attempt_id TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    sealed_code BYTEA NOT NULL,
    wrong_attempts BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX radar_verifications_of_attempt
    ON radar_verifications (environment_id, attempt_id, created_at, id);
CREATE INDEX radar_verifications_by_end ON radar_verifications (environment_id, expires_at);

-- How the risk of a sign-in that waits was judged.
ALTER TABLE pending_authentications ADD COLUMN radar_attempt_id TEXT;
