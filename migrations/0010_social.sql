-- Social sign-in and the single sign-on API.

-- The account elsewhere with which somebody signs in, sealed: it may bring tokens.
ALTER TABLE pending_authentications ADD COLUMN account BYTEA;

-- A code may stand for somebody who has no session yet, so that its session may be missing.
ALTER TABLE authorization_codes RENAME TO authorization_codes_of_sessions;
CREATE TABLE authorization_codes (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT,
    session_id TEXT,
    organization_id TEXT,
    -- The account that it stands for, or the tokens of a provider; sealed.
    carried BYTEA,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, digest)
);
INSERT INTO authorization_codes
    (id, environment_id, digest, client_id, redirect_uri, code_challenge, session_id,
     organization_id, expires_at, used_at, created_at)
    SELECT id, environment_id, digest, client_id, redirect_uri, code_challenge, session_id,
           organization_id, expires_at, used_at, created_at
    FROM authorization_codes_of_sessions;
DROP TABLE authorization_codes_of_sessions;
CREATE INDEX authorization_codes_by_end ON authorization_codes (environment_id, expires_at);

CREATE TABLE social_providers (
    environment_id TEXT NOT NULL,
    -- The id of the connection that it is.
    id TEXT NOT NULL,
    -- Its name in the API, or the one that the environment gave it.
    provider TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- The client secret, or the private key that signs one.
    sealed_secret BYTEA NOT NULL,
    -- All else that was set.
    settings TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, provider)
);
CREATE INDEX social_providers_in_order ON social_providers (environment_id, created_at, id);

-- Browsers that were sent to a provider and are not back yet, by the digest of their state.
CREATE TABLE social_departures (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    browser_digest TEXT NOT NULL,
    -- What is remembered: the verifier, the nonce, and where the browser goes on; sealed.
    parameters BYTEA NOT NULL,
    -- Whether it was sent by the single sign-on API, which tells of what timed out.
    by_sso BOOLEAN NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (digest)
);
CREATE INDEX social_departures_by_end ON social_departures (environment_id, expires_at);

-- What providers say of somebody, for the single sign-on API.
CREATE TABLE sso_profiles (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    connection_type TEXT NOT NULL,
    organization_id TEXT,
    idp_id TEXT NOT NULL,
    email TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    name TEXT,
    raw_attributes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, connection_id, idp_id)
);

CREATE TABLE sso_access_tokens (
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- The code that it was given for; when that comes a second time, the token ends.
    code_digest TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX sso_access_tokens_of_code ON sso_access_tokens (environment_id, code_digest);
CREATE INDEX sso_access_tokens_of_profile ON sso_access_tokens (environment_id, profile_id);
CREATE INDEX sso_access_tokens_by_end ON sso_access_tokens (environment_id, expires_at);
