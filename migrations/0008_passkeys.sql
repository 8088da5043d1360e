-- Passkeys (WebAuthn).

-- The random name by which authenticators know a user, and when the user was last offered a passkey.
CREATE TABLE passkey_users (
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_handle TEXT NOT NULL,
    offered_at BIGINT,
    PRIMARY KEY (environment_id, user_id)
);

-- The key of an authentication factor of the type webauthn. The id is that of the factor.
CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- In base64url, as is the user's handle.
    credential_id TEXT NOT NULL,
    -- As COSE has it (RFC 9052).
    public_key BYTEA NOT NULL,
    algorithm BIGINT NOT NULL,
    -- How often the authenticator says that it signed; a copy of it is told by a number that does not grow.
    sign_count BIGINT NOT NULL,
    relying_party_id TEXT NOT NULL,
    name TEXT NOT NULL,
    aaguid TEXT,
    -- A list in JSON.
    transports TEXT NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    backed_up BOOLEAN NOT NULL,
    last_used_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, credential_id)
);
CREATE INDEX passkeys_of_user ON passkeys (environment_id, user_id, created_at, id);

-- The challenges that were answered, rightly or wrongly, until they would have ended anyway.
CREATE TABLE spent_passkey_challenges (
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, digest)
);
CREATE INDEX spent_passkey_challenges_by_end ON spent_passkey_challenges (environment_id, expires_at);

-- Whether the sign-in stands at the offer of a passkey.
ALTER TABLE pending_authentications ADD COLUMN passkey_offered BOOLEAN NOT NULL DEFAULT FALSE;
