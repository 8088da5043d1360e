-- The tables of crates/signin.

-- Section of tokens, sessions, authentication, redirect URIs, CORS origins, hosted sign-in.

-- Keys that sign access tokens. One that no longer signs stays until its last token has expired.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    private_key BYTEA NOT NULL,
    modulus TEXT NOT NULL,
    exponent TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    thumbprint TEXT NOT NULL,
    active_from BIGINT NOT NULL,
    verifies_until BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, number)
);

CREATE TABLE jwt_templates (
    environment_id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE redirect_uris (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    uri TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, uri)
);
CREATE INDEX redirect_uris_in_order ON redirect_uris (environment_id, created_at, id);
-- An environment has one default at the most.
CREATE UNIQUE INDEX redirect_uris_default ON redirect_uris (environment_id) WHERE is_default;

CREATE TABLE cors_origins (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, origin)
);
CREATE INDEX cors_origins_in_order ON cors_origins (environment_id, created_at, id);
-- A preflight request names no environment.
CREATE INDEX cors_origins_by_origin ON cors_origins (origin);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    organization_id TEXT,
    client_id TEXT NOT NULL,
    method TEXT NOT NULL,
    ip_address TEXT,
    user_agent TEXT,
    impersonator_email TEXT,
    impersonator_reason TEXT,
    -- When the user last proved who they are.
    auth_time BIGINT NOT NULL,
    -- When it was last refreshed.
    last_active_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (environment_id, user_id, created_at, id);
-- For the end of an organization.
CREATE INDEX sessions_of_organization ON sessions (environment_id, organization_id)
    WHERE organization_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (environment_id, expires_at);

-- Tokens that can be exchanged, and for a short while those that were, with their successor.
CREATE TABLE refresh_tokens (
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    family_digest TEXT NOT NULL,
    session_id TEXT NOT NULL,
    exchanged_at BIGINT,
    successor BYTEA,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, digest)
);
-- A token that comes too late is known by its family.
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (environment_id, family_digest);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (environment_id, session_id);

-- Sign-ins that wait for their next step.
CREATE TABLE pending_authentications (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    method TEXT NOT NULL,
    organization_id TEXT,
    invitation_id TEXT,
    factor_proved BOOLEAN NOT NULL,
    reauthenticates TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, digest)
);
CREATE INDEX pending_authentications_of_user ON pending_authentications (environment_id, user_id);
CREATE INDEX pending_authentications_by_end ON pending_authentications (environment_id, expires_at);

-- What applications asked for when they sent a browser to sign in.
CREATE TABLE authorization_requests (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    browser_digest TEXT NOT NULL,
    parameters BYTEA NOT NULL,
    -- The token of the sign-in that waits for its next step.
    pending BYTEA,
    -- What the pages remember from one to the next.
    page_state BYTEA,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX authorization_requests_by_end ON authorization_requests (environment_id, expires_at);

CREATE TABLE authorization_codes (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT,
    session_id TEXT NOT NULL,
    organization_id TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, digest)
);
CREATE INDEX authorization_codes_by_end ON authorization_codes (environment_id, expires_at);

-- Who is signed in with which browser on the hosted pages.
CREATE TABLE browser_sessions (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    session_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, digest)
);
CREATE INDEX browser_sessions_by_end ON browser_sessions (environment_id, expires_at);

-- Section of factors and password resets.

CREATE TABLE authentication_factors (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    user_id TEXT,
    type TEXT NOT NULL,
    totp_issuer TEXT,
    totp_user TEXT,
    phone_number TEXT,
    sealed_secret BYTEA,
    -- The time step of the last code of an app that was accepted, so that none is accepted twice.
    last_step BIGINT,
    -- Wrong codes in a row, over all challenges, since wrong_since.
    wrong_codes BIGINT NOT NULL,
    wrong_since BIGINT,
    verified_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX authentication_factors_of_user
    ON authentication_factors (environment_id, user_id, created_at, id);

CREATE TABLE authentication_challenges (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    authentication_factor_id TEXT NOT NULL,
    sealed_code BYTEA,
    wrong_codes BIGINT NOT NULL,
    expires_at BIGINT,
    verified_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX authentication_challenges_of_factor
    ON authentication_challenges (environment_id, authentication_factor_id);
CREATE INDEX authentication_challenges_by_age
    ON authentication_challenges (environment_id, created_at);

-- The token is found by its digest, and sealed for the reply that shows it again.
CREATE TABLE password_resets (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    email TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    sealed_token BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it was used, or another one of the user was.
    closed_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, token_digest)
);
CREATE INDEX password_resets_of_user ON password_resets (environment_id, user_id);
CREATE INDEX password_resets_by_age ON password_resets (environment_id, created_at);
