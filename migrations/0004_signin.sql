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
